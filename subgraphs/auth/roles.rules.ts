/** Pure rules about roles: which ones every organization has, and who may hand out what. */
import { ALL_SCOPES, EVERY_SCOPE, type Scope } from '#kernel/auth/scopes';

/** The role of whoever registered the organization. It can do everything, and only an owner makes another. */
export const OWNER = 'owner';

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
    ],
  },
  { name: 'accountant', scopes: ALL_SCOPES.filter((scope) => scope.endsWith(':read')) },
  { name: 'warehouse', scopes: ['inventory:read', 'inventory:write', 'catalog:read'] },
];

/** Roles that stay as they are, because an organization without anybody who may do everything could not be mended. */
const FIXED_ROLES: ReadonlySet<string> = new Set([OWNER, 'admin']);

/** Whether a built-in role may be given other scopes. */
export function isFixedRole(role: { name: string; builtIn: boolean }): boolean {
  return role.builtIn && FIXED_ROLES.has(role.name);
}

/** Who hands something out: nothing but what the rule needs. */
export interface Granter {
  readonly role: string;
  readonly scopes: ReadonlySet<string>;
}

/**
 * Why somebody may not hand out a role, or touch a person who has it; undefined where they may. Nobody gives more than they
 * have: otherwise whoever may create colleagues could make themselves an administrator by a detour.
 *
 * @param role its name and its scopes, expanded.
 */
export function grantError(
  granter: Granter,
  role: { name: string; scopes: readonly string[] },
): string | undefined {
  if (role.name === OWNER && granter.role !== OWNER) return 'Only an owner may do this for the role "owner".';
  const lacking = role.scopes.filter((scope) => !granter.scopes.has(scope));
  if (lacking.length === 0) return undefined;
  return `The role "${role.name}" permits what you may not do yourself: ${lacking.join(', ')}.`;
}
