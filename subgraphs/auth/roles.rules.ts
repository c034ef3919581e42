/** Pure rules about roles: the default roles of an organization, and which roles a caller may assign. */
import type { SignedInActor } from '#kernel/auth/actor';
import { ALL_SCOPES, EVERY_SCOPE, VENDOR_SCOPE, expandScopes, type Scope } from '#kernel/auth/scopes';

/** The role of the user who registered the organization. It permits everything, and only an owner can assign it. */
export const OWNER = 'owner';

/** The role of all users of vendors. */
export const VENDOR_ROLE = 'vendor';

/** The roles that a new organization starts with; `scopes` as they are stored. */
export const DEFAULT_ROLES: readonly {
  readonly name: string;
  readonly scopes: readonly (Scope | typeof EVERY_SCOPE)[];
}[] = [
  { name: OWNER, scopes: [EVERY_SCOPE] },
  { name: 'admin', scopes: [EVERY_SCOPE] },
  { name: 'manager', scopes: ALL_SCOPES.filter((scope) => !scope.startsWith('admin:')) },
  {
    name: 'cashier',
    scopes: [
      'pos:sell',
      'pos:register',
      'catalog:read',
      'inventory:read',
      'customers:read',
      'customers:write',
      'orders:read',
      'marketing:read',
    ],
  },
  {
    name: 'accountant',
    scopes: ALL_SCOPES.filter((scope) => scope.endsWith(':read') || scope === 'finance:write'),
  },
  { name: 'warehouse', scopes: ['inventory:read', 'inventory:write', 'catalog:read'] },
  { name: VENDOR_ROLE, scopes: [VENDOR_SCOPE] },
];

/**
 * Roles that cannot be changed: an organization without a user who may do everything could not be repaired, and a vendor's user has one
 * permission, whatever the role says.
 */
const FIXED_ROLES: ReadonlySet<string> = new Set([OWNER, 'admin', VENDOR_ROLE]);

/** Whether the scopes of a role cannot be changed. */
export function isFixedRole(role: { name: string; builtIn: boolean }): boolean {
  return role.builtIn && FIXED_ROLES.has(role.name);
}

/**
 * The permissions that a user has: a vendor's user that of vendors alone, and staff never that one.
 * @param stored the scopes of the role.
 */
export function scopesOfUser(stored: readonly string[], vendorId: string | null): readonly Scope[] {
  return expandScopes(stored).filter((scope) => (scope === VENDOR_SCOPE) === (vendorId !== null));
}

/**
 * The reason why a caller may not assign a role or change a user who has it; undefined if they may. No caller can grant more than
 * they have: otherwise a caller who may create users could become an administrator through a second account. The permission of vendors
 * grants staff nothing.
 *
 * @param role its name and its scopes, expanded.
 */
export function grantError(
  caller: Pick<SignedInActor, 'role' | 'scopes'>,
  role: { name: string; scopes: readonly string[] },
): string | undefined {
  if (role.name === OWNER && caller.role !== OWNER) return 'Only an owner may do this for the role "owner".';
  const lacking = role.scopes.filter((scope) => scope !== VENDOR_SCOPE && !caller.scopes.has(scope));
  if (lacking.length === 0) return undefined;
  return `The role "${role.name}" has permissions that you do not have: ${lacking.join(', ')}.`;
}
