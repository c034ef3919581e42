/**
 * What other domains may know of organizations, branches and people.
 * Signing in, sessions and permissions are the gateway's concern and reach it through the subgraph module.
 */
export { type Branch, type Organization, type RoundingMode, type SellingTerms, type User } from './rows';
export { branchOf, sellingTerms } from './branches';
export { userNames } from './users';
export { vouch, type Voucher } from './vouching';
export { watchedBranch } from './watched';
export { createOrganization, createUser, type CreatedOrganization, type NewOrganization, type NewUser } from './provision';
export { currencyOf, organizationCurrency } from './currency';
export { ownOrganization } from './organizations';
