/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { EntityReference as Product } from '#kernel/graph/entity-reference';
export type { MaskedAccount } from './vendors/bank-account.rules';
export type { VendorRow as Vendor } from './tables.generated';
