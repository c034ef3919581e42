/** Administration of the organization's users. */
import { organizationOf, userOf } from '#kernel/auth/access';
import { ownBranch } from '#kernel/auth/actor';
import { checkPassword, checkedEmail, checkedText } from './validators.rules';
import { passwords } from '#kernel/auth/passwords';
import { FieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { PosProError, notFound } from '#kernel/errors';
import { foldText } from '#kernel/fold-text.rules';
import { isUuid } from '#kernel/ids';
import { branchesById } from './branches';
import type { RegisterUserInput, UpdateUserInput } from './inputs.generated';
import { sessionCacheOf } from './session-cache';
import { queueMail, wakeMail } from './mail/mail-jobs.worker';
import { assertMayGrant, roleByName } from './roles';
import { OWNER, VENDOR_ROLE } from './roles.rules';
import type { Role, User } from './model';
import { revokeSessions } from './sessions';
import { removeTwoFactor } from './two-factor';
import { insertUser, requireUserById } from './users';

/** A new user of the caller's organization. The role is required. */
export interface NewOrganizationUser extends Pick<
  RegisterUserInput,
  'email' | 'name' | 'branchId' | 'password'
> {
  readonly role: string;
}

/**
 * Creates a user in the caller's organization. An e-mail invites them to choose a password, or asks a user with one to verify the
 * address.
 * @throws PosProError 422 by field, 403 for a role that permits more than the caller may, 409 ALREADY_EXISTS for a known address.
 */
export async function createOrganizationUser(ctx: RequestContext, input: NewOrganizationUser): Promise<User> {
  const faults = new FieldErrors();
  const email = checkedEmail(faults, 'email', input.email);
  const name = checkedText(faults, 'name', input.name, { max: 200 });
  if (input.password != null) checkPassword(faults, 'password', input.password, email);
  const organizationId = organizationOf(ctx);
  const role = await checkedRole(faults, ctx.db, organizationId, input.role);
  const branchId = input.branchId ?? ownBranch(ctx.actor) ?? null;
  await checkBranch(faults, ctx.db, branchId);
  faults.throwIfAny();
  assertMayGrant(ctx, role!);
  const passwordHash = input.password == null ? null : await passwords.hash(input.password);
  const id = ctx.ids.next();
  const user = await transact(ctx, async (tx) => {
    const newUser = await insertUser(tx, { id, email, name, roleId: role!.id, branchId, passwordHash });
    await queueMail(tx, ctx.ids.next(), id, passwordHash === null ? 'invitation' : 'verify_email');
    return newUser;
  });
  wakeMail(ctx);
  return user;
}

/**
 * Changes a user; omitted and null fields keep their values. Open sessions follow within seconds. Emits "user.changed".
 * @throws PosProError 404, 422 by field, also for the role or the branch of a vendor's user, 403 for a role that permits more than the
 * caller may, 409 for the last owner and for another version.
 */
export async function updateUser(ctx: RequestContext, id: string, changes: UpdateUserInput): Promise<User> {
  const user = await transact(ctx, async (tx) => {
    const before = await lockUser(tx, ctx, id);
    assertVersion(tx, 'user', before, changes.version);
    const faults = new FieldErrors();
    const name = changes.name == null ? before.name : checkedText(faults, 'name', changes.name, { max: 200 });
    const role =
      changes.role == null ? undefined : await checkedRole(faults, tx, tx.organizationId, changes.role);
    if (changes.branchId != null) await checkBranch(faults, tx, changes.branchId);
    if (before.vendorId !== null) rejectPlace(faults, changes);
    faults.throwIfAny();
    if (role && role.id !== before.roleId) {
      assertMayGrant(ctx, role);
      await assertAnotherOwner(tx, before);
    }
    const searchKey = foldText(`${name} ${before.email}`);
    const home = { roleId: role?.id ?? before.roleId, branchId: changes.branchId ?? before.branchId };
    await tx.prisma.user.update({ where: { id }, data: { name, searchKey, ...home, updatedAt: tx.now } });
    const after = await requireUserById(tx, id);
    const payload = { userId: id, disabled: after.disabledAt !== null };
    if (isChanged(before, after)) tx.emit({ type: 'user.changed', key: id, payload });
    return after;
  });
  sessionCacheOf(ctx).forgetUser(id);
  return user;
}

/**
 * Disables a user: logins fail, and every open session ends. Repeating the call changes nothing. Emits "user.changed".
 * @throws PosProError 404, 403 for a user who may do more than the caller, 409 for the caller and for the last owner.
 */
export async function disableUser(ctx: RequestContext, id: string): Promise<User> {
  if (userOf(ctx) === id)
    throw new PosProError('ILLEGAL_STATE', 'You cannot disable yourself. Ask another administrator.');
  const user = await transact(ctx, async (tx) => {
    const before = await lockUser(tx, ctx, id);
    if (before.disabledAt) return before;
    await assertAnotherOwner(tx, before);
    await tx.prisma.user.update({ where: { id }, data: { disabledAt: tx.now, updatedAt: tx.now } });
    await revokeSessions(tx, { userId: id }, 'user_disabled');
    tx.emit({ type: 'user.changed', key: id, payload: { userId: id, disabled: true } });
    return requireUserById(tx, id);
  });
  sessionCacheOf(ctx).forgetUser(id);
  return user;
}

/**
 * Lets a disabled user sign in again; earlier sessions stay ended. Emits "user.changed".
 * @throws PosProError 404, 403 for a user who may do more than the caller.
 */
export async function enableUser(ctx: RequestContext, id: string): Promise<User> {
  return transact(ctx, async (tx) => {
    const before = await lockUser(tx, ctx, id);
    if (!before.disabledAt) return before;
    await tx.prisma.user.update({ where: { id }, data: { disabledAt: null, updatedAt: tx.now } });
    tx.emit({ type: 'user.changed', key: id, payload: { userId: id, disabled: false } });
    return requireUserById(tx, id);
  });
}

/**
 * Removes the second factor of a user who has lost the device and the recovery codes, and ends their sessions.
 * @throws PosProError 404, 403 for a user who may do more than the caller, 409 for the caller.
 */
export async function resetTwoFactor(ctx: RequestContext, id: string): Promise<User> {
  if (userOf(ctx) === id)
    throw new PosProError('ILLEGAL_STATE', 'Deactivate your own second factor with POST /auth/2fa/disable.');
  const user = await transact(ctx, async (tx) => {
    await lockUser(tx, ctx, id);
    await removeTwoFactor(tx, id);
    await revokeSessions(tx, { userId: id }, 'revoked');
    return requireUserById(tx, id);
  });
  sessionCacheOf(ctx).forgetUser(id);
  return user;
}

/** Locks a user, and checks that the caller may change them. */
async function lockUser(tx: Transaction, ctx: RequestContext, id: string): Promise<User> {
  if (!isUuid(id)) throw notFound('user', id);
  // The owners are locked along with the user, in the order of their ids, so that two owners who disable each other at the same
  // moment wait for one another, and one owner is left.
  await tx.many(sql`
    select u.id from users u
    where u.id = ${id} or u.role_id in (select r.id from roles r where r.organization_id = ${tx.organizationId} and r.name = ${OWNER})
    order by u.id for update of u`);
  const user = await requireUserById(tx, id);
  assertMayGrant(ctx, { name: user.role, scopes: user.roleScopes });
  return user;
}

/** @throws PosProError 409 if the user is the only owner who can still sign in. */
async function assertAnotherOwner(tx: Transaction, user: User): Promise<void> {
  if (user.role !== OWNER || user.disabledAt) return;
  const { roleId, id } = user;
  const others = await tx.prisma.user.count({ where: { roleId, id: { not: id }, disabledAt: null } });
  if (others === 0)
    throw new PosProError('ILLEGAL_STATE', 'This is the last owner. Make another user an owner first.');
}

async function checkedRole(
  faults: FieldErrors,
  db: Queryable,
  organizationId: string,
  name: string,
): Promise<Role | undefined> {
  const role = await roleByName(db, organizationId, name.trim());
  if (!role) faults.add('role', `There is no role "${name}" in your organization.`, 'NOT_FOUND');
  else if (role.builtIn && role.name === VENDOR_ROLE)
    faults.add('role', 'Invite the user of a vendor with POST /vendors/{id}/users.', 'NOT_ALLOWED');
  return role;
}

/** A vendor's user keeps the role of vendors, and has no branch. */
function rejectPlace(faults: FieldErrors, changes: UpdateUserInput): void {
  for (const field of ['role', 'branchId'] as const)
    if (changes[field] != null)
      faults.add(field, 'The user of a vendor has the role "vendor" and no branch.', 'NOT_ALLOWED');
}

async function checkBranch(faults: FieldErrors, db: Queryable, branchId: string | null): Promise<void> {
  if (branchId === null) return;
  const [branch] = await branchesById(db, [branchId]);
  if (!branch) faults.add('branchId', `There is no branch with the id "${branchId}".`, 'NOT_FOUND');
}
