import { accessError } from '#kernel/auth/access';
import { ALL_SCOPES, expandScopes, type Scope } from '#kernel/auth/scopes';
import { FieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { isUniqueViolation } from '#kernel/db/pg-errors';
import { transact } from '#kernel/db/transact';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { PosProError, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { checkedText } from './validators.rules';
import type { CreateRoleInput, UpdateRoleInput } from './inputs.generated';
import { looksLike } from './look-alike.rules';
import { DEFAULT_ROLES, grantError, isFixedRole } from './roles.rules';
import { sessionCacheOf } from './session-cache';
import { lockOrganization } from './organizations';
import { ROLE_FIELDS, type Role } from './model';
import { roles } from './tables.generated';

/**
 * Creates the roles that every organization starts with.
 * @param ids by role name, if they are fixed beforehand.
 * @returns the id of each role by its name.
 */
export async function insertDefaultRoles(
  tx: Transaction,
  nextId: () => string,
  ids: Readonly<Record<string, string | undefined>> = {},
): Promise<ReadonlyMap<string, string>> {
  const common = { organizationId: tx.organizationId, builtIn: true, createdAt: tx.now, updatedAt: tx.now };
  const rows = DEFAULT_ROLES.map(({ name, scopes }) =>
    roles.complete({ id: ids[name] ?? nextId(), name, scopes: [...scopes], ...common }),
  );
  await tx.run(sql`
    insert into roles (${roles.columns})
    select ${roles.values('x')} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${roles.definitions})`);
  return new Map(rows.map((row) => [row.name, row.id]));
}

/** The organization's roles, the built-in ones first. There are few, so the list has no pages. */
export async function listRoles(ctx: RequestContext): Promise<Role[]> {
  return ctx.prisma.role.findMany({
    orderBy: [{ builtIn: 'desc' }, { id: 'asc' }],
  });
}

/** Role and permissions of the caller, as the graph shows them. */
export interface CallerPermissions {
  /** The role's name; "system" for the platform itself. */
  role: string;
  permissions: readonly Scope[];
}

/** Current role and permissions of the caller. @throws PosProError UNAUTHENTICATED for an anonymous caller. */
export function callerPermissions({ actor }: Pick<RequestContext, 'actor'>): CallerPermissions {
  if (actor.kind === 'anonymous') throw accessError(actor);
  if (actor.kind === 'system') return { role: 'system', permissions: ALL_SCOPES };
  return { role: actor.role, permissions: expandScopes([...actor.scopes]) };
}

/** The roles among these ids that the caller may see. */
export function rolesById(
  { prisma }: Pick<RequestContext, 'prisma'>,
  ids: readonly string[],
): Promise<Role[]> {
  return prisma.role.findMany({ where: { id: { in: ids.filter(isUuid) } } });
}

/** The role with this name, ignoring case. */
export async function roleByName(
  db: Queryable,
  organizationId: string,
  name: string,
): Promise<Role | undefined> {
  // A NUL would be an error of the database, and no role has one.
  if (name.includes('\0')) return undefined;
  return db.maybeOne<Role>(sql`
    select ${ROLE_FIELDS.select('r')} from roles r where r.organization_id = ${organizationId} and lower(r.name) = lower(${name})`);
}

/**
 * Checks that the caller may assign a role, or change a user who has it.
 * @throws PosProError 403 FORBIDDEN, naming the permissions that the caller lacks.
 */
export function assertMayGrant(
  ctx: Pick<RequestContext, 'actor'>,
  role: { name: string; scopes: readonly string[] },
): void {
  if (ctx.actor.kind === 'system') return;
  const caller = ctx.actor.kind === 'anonymous' ? { role: '', scopes: new Set<string>() } : ctx.actor;
  const error = grantError(caller, { name: role.name, scopes: expandScopes(role.scopes) });
  if (error !== undefined) throw new PosProError('FORBIDDEN', error);
}

/**
 * Creates a custom role.
 * @throws PosProError 422 by field, 403 for a scope that the caller does not have, 409 ALREADY_EXISTS if the name is taken.
 */
export async function createRole(ctx: RequestContext, input: CreateRoleInput): Promise<Role> {
  const faults = new FieldErrors();
  const name = checkedText(faults, 'name', input.name, { min: 2, max: 40 });
  const scopes = checkedScopes(faults, input.permissions);
  faults.throwIfAny();
  assertMayGrant(ctx, { name, scopes });
  const id = ctx.ids.next();
  return transact(ctx, async (tx) => {
    await assertNameDistinct(tx, name);
    const role = await tx.maybeOne<Role>(sql`
      ${roles.insert({ id, organizationId: tx.organizationId, name, scopes, builtIn: false, createdAt: tx.now, updatedAt: tx.now })}
      on conflict (organization_id, lower(name)) do nothing
      returning ${ROLE_FIELDS.columns}`);
    if (!role) throw nameTaken(name);
    return role;
  });
}

/**
 * Changes a role; open sessions follow within seconds. Emits "role.changed".
 * @throws PosProError 404, 422 by field, 403 for a scope that the caller does not have, 409 for a role that cannot be changed, and
 * for another version.
 */
export async function updateRole(ctx: RequestContext, id: string, input: UpdateRoleInput): Promise<Role> {
  if (!isUuid(id)) throw notFound('role', id);
  try {
    const role = await transact(ctx, (tx) => changeRole(tx, ctx, id, input));
    sessionCacheOf(ctx).forgetOrganization(role.organizationId);
    return role;
  } catch (error) {
    if (isUniqueViolation(error, 'roles_name_key')) throw nameTaken(input.name ?? '');
    throw error;
  }
}

async function changeRole(
  tx: Transaction,
  ctx: RequestContext,
  id: string,
  input: UpdateRoleInput,
): Promise<Role> {
  const before = await tx.maybeOne<Role>(
    sql`select ${ROLE_FIELDS.select('r')} from roles r where r.id = ${id} for update`,
  );
  if (!before) throw notFound('role', id);
  assertVersion(tx, 'role', before, input.version);
  assertMayGrant(ctx, before);
  const faults = new FieldErrors();
  const name =
    input.name == null ? before.name : checkedText(faults, 'name', input.name, { min: 2, max: 40 });
  const scopes = input.permissions == null ? before.scopes : checkedScopes(faults, input.permissions);
  faults.throwIfAny();
  assertChangeable(before, name);
  assertMayGrant(ctx, { name, scopes });
  if (name !== before.name) await assertNameDistinct(tx, name, id);
  const after = await tx.prisma.role.update({
    where: { id },
    data: { name, scopes, updatedAt: tx.now },
  });
  if (isChanged(before, after))
    tx.emit({ type: 'role.changed', key: id, payload: { roleId: id, name, scopes } });
  return after;
}

/**
 * Checks that a name looks unlike every other role's: a manager who assigns roles sees only the names.
 * @param except the role that gets the name.
 * @throws PosProError 409 ALREADY_EXISTS
 */
async function assertNameDistinct(tx: Transaction, name: string, except?: string): Promise<void> {
  // Of two concurrent names that look alike the second waits here, and then finds the first.
  await lockOrganization(tx);
  const roles = await tx.prisma.role.findMany({ select: { id: true, name: true } });
  if (roles.some((role) => role.id !== except && looksLike(role.name, name))) throw nameTaken(name);
}

function assertChangeable(role: Role, name: string): void {
  if (isFixedRole(role)) {
    throw new PosProError(
      'ILLEGAL_STATE',
      `The role "${role.name}" cannot be changed. Create another role for other permissions.`,
    );
  }
  if (role.builtIn && name !== role.name) {
    throw new PosProError(
      'ILLEGAL_STATE',
      `The role "${role.name}" cannot be renamed; only its scopes can be changed.`,
    );
  }
}

const isGrantable = (scope: string): boolean => (ALL_SCOPES as readonly string[]).includes(scope);

/** The scopes in the order of the table of all scopes; unknown ones are added to the errors. */
export function checkedScopes(faults: FieldErrors, scopes: readonly string[]): string[] {
  scopes.forEach((scope, index) => {
    if (!isGrantable(scope))
      faults.add(
        `permissions.${index}`,
        `Is not a permission. The permissions are ${ALL_SCOPES.join(', ')}.`,
      );
  });
  return ALL_SCOPES.filter((scope) => scopes.includes(scope));
}

function nameTaken(name: string): PosProError {
  return new PosProError(
    'ALREADY_EXISTS',
    `Another role has the name "${name}", or one that looks like it.`,
    {
      errors: [
        { field: 'name', message: 'Another role has this name, or one that looks like it.', code: 'TAKEN' },
      ],
    },
  );
}
