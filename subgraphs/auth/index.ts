/**
 * Functions of auth for other domains: organizations, branches and users.
 * Signing in, sessions and permissions are the gateway's concern and reach it through the subgraph module.
 * The domain has no folders per topic but `mail/`, since accounts, users, roles and sessions depend on each other.
 */
export { type Branch, type Organization, type RoundingMode, type SellingTerms, type User } from './model';
export {
  branchOf,
  branchesById,
  phoneCountry,
  sellingTerms,
  sellingTermsOfAll,
  subscriptionBranch,
  updateBranch,
} from './branches';
export { findUserByEmail, userNames, usersById } from './users';
export { disableVendorUser, inviteVendorUser, listVendorUsers } from './vendor-users';
export { createKeyFor, insertKey, revokeApiKey } from './api-keys';
export { createOrganizationUser } from './user-administration';
export { verifyCredentials, type VerifiedUser } from './verify-credentials';
export {
  createOrganization,
  createUser,
  type CreatedOrganization,
  type NewOrganization,
  type NewUser,
} from './provision';
export { currencyOf, organizationCurrency } from './organization-currency';
export {
  ORGANIZATION_DEFAULTS,
  lockOrganization,
  ownOrganization,
  updateOrganization,
} from './organizations';
export { organizationSettings, type SettingsOf } from './organization-settings';
export { checkRoundingStep } from './validators.rules';
export { endAllSessions } from './restored-sessions';
export { type NewShop, type NewShopPart } from './new-shop';
export { SHOP_COUNTRIES } from './shop-countries.rules';
export { AUTH_EVENTS, branchChanged, branchCreated, organizationChanged } from './events';
