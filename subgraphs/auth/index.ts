/**
 * What other domains may know of organizations, branches and people.
 * Signing in, sessions and permissions are the gateway's concern and reach it through the subgraph module.
 */
export { type Branch, type Organization, type RoundingMode, type SellingTerms, type User } from './model';
export { branchOf, sellingTerms, subscriptionBranch } from './branches';
export { userNames } from './users';
export { verifyCredentials, type VerifiedUser } from './verify-credentials';
export {
  createOrganization,
  createUser,
  type CreatedOrganization,
  type NewOrganization,
  type NewUser,
} from './provision';
export { currencyOf, organizationCurrency } from './organization-currency';
export { lockOrganization, ownOrganization } from './organizations';
