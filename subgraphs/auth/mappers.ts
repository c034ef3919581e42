/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { EntityReference as Vendor } from '#kernel/graph/entity-reference';
export type { ApiKey } from './api-keys';
export type { Branch, LoginResult as AuthSession, Organization, Role } from './model';
export type { CallerPermissions } from './roles';
export type { GraphUser as Caller, GraphUser as User } from './users';
