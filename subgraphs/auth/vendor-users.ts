/** The users of vendors: they sign in as all users do, and see the rows of their vendor alone (prisma/sql/vendors.sql). */
import { organizationOf } from '#kernel/auth/access';
import { vendorOf } from '#kernel/auth/actor';
import { createContext, type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { invariant, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { FieldErrors } from '#kernel/validation';
import { queueMail, wakeMail } from './mail/mail-jobs.worker';
import { USER_COLUMNS, USER_TABLES, type User } from './model';
import { roleByName } from './roles';
import { VENDOR_ROLE } from './roles.rules';
import { disableUser } from './user-administration';
import { insertUser, usersById } from './users';
import { checkedEmail, checkedText } from './validators.rules';

/** A user whom the shop invites for a vendor. */
export interface NewVendorUser {
  readonly email: string;
  readonly name: string;
}

/**
 * Creates a user of a vendor, whom an e-mail invites to choose a password. Emits "user.created".
 * @param vendorId an existing vendor of the organization.
 * @throws PosProError 422 by field, 409 ALREADY_EXISTS for a known address.
 */
export async function inviteVendorUser(
  ctx: RequestContext,
  vendorId: string,
  input: NewVendorUser,
): Promise<User> {
  const faults = new FieldErrors();
  const email = checkedEmail(faults, 'email', input.email);
  const name = checkedText(faults, 'name', input.name, { max: 200 });
  faults.throwIfAny();
  const role = await roleByName(ctx.db, organizationOf(ctx), VENDOR_ROLE);
  invariant(role, 'an organization has the role of vendors from the start, and it cannot be renamed');
  const id = ctx.ids.next();
  const place = { roleId: role.id, vendorId, branchId: null };
  const user = await transact(
    ctx,
    async (tx) => {
      const newUser = await insertUser(tx, { id, email, name, ...place, passwordHash: null });
      await queueMail(tx, ctx.ids.next(), id, 'invitation');
      return newUser;
    },
    { idempotent: { operation: 'inviteVendorUser', input: { vendorId, ...input } } },
  );
  wakeMail(ctx);
  return user;
}

/** A page of the users of a vendor, by name. */
export function listVendorUsers(
  { db }: Pick<RequestContext, 'db'>,
  vendorId: string,
  args: PageArgs,
): Promise<Page<User>> {
  const list = {
    select: USER_COLUMNS,
    from: USER_TABLES,
    where: [sql`u.vendor_id = ${vendorId}::uuid`],
    sorts: { name: sql`u.name`, createdAt: sql`u.created_at` },
    defaultSort: 'name',
    id: sql`u.id`,
  };
  return listPage<User>(db, list, args);
}

/** Disables a user of a vendor; their sessions end. @throws PosProError 404 for a user of another vendor, and for staff. */
export async function disableVendorUser(ctx: RequestContext, vendorId: string, id: string): Promise<User> {
  const [user] = isUuid(id) ? await usersById(ctx.db, [id]) : [];
  if (user?.vendorId !== vendorId) throw notFound('user', id);
  return disableUser(ctx, id);
}

/**
 * The context for operations on the caller's own account. A vendor's user sees no users and no sessions, so these work within the
 * organization; they concern nothing but the account of the caller.
 */
export function accountContext(ctx: RequestContext): RequestContext {
  const { actor } = ctx;
  if (actor.kind !== 'user' || vendorOf(actor) === undefined) return ctx;
  const account = { ...actor, vendorId: undefined };
  return { ...createContext(ctx, account, ctx.request), reply: ctx.reply };
}
