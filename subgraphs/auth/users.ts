import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { PosProError, notFound } from '#kernel/errors';
import { foldText } from '#kernel/fold-text.rules';
import { isUuid } from '#kernel/ids';
import { containsWords, listPage, sameId, type Page } from '#kernel/paging';
import { branchesById } from './branches';
import type { QueryUsersArgs } from './inputs.generated';
import { organizationsById } from './organizations';
import { USER_COLUMNS, USER_TABLES, type User, type UserWithHome } from './model';
import { users, type UserRow } from './tables.generated';

/** The type behind the graph's `User`. */
export type GraphUser = User | UserWithHome;

/** The users among these ids that the caller may see. */
export async function usersById(db: Queryable, ids: readonly string[]): Promise<User[]> {
  const uuids = ids.filter(isUuid);
  if (uuids.length === 0) return [];
  return db.many<User>(sql`select ${USER_COLUMNS} from ${USER_TABLES} where u.id = any(${uuids}::uuid[])`);
}

/** @throws PosProError 404 for an unknown user, and for another organization's. */
export async function requireUserById(db: Queryable, id: string): Promise<User> {
  const [user] = await usersById(db, [id]);
  if (!user) throw notFound('user', id);
  return user;
}

/** The user with an e-mail address; undefined for an unknown one. */
export async function findUserByEmail(db: Queryable, email: string): Promise<User | undefined> {
  return db.maybeOne<User>(
    sql`select ${USER_COLUMNS} from ${USER_TABLES} where lower(u.email) = lower(${email.trim()})`,
  );
}

/** Names by user id, for receipts and lists. Ids without a user are ignored. */
export async function userNames(
  ctx: Pick<RequestContext, 'prisma'>,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const where = { id: { in: [...new Set(ids)].filter(isUuid) } };
  const rows = await ctx.prisma.user.findMany({ where, select: { id: true, name: true } });
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** Reads the organization and the branch of a user. @param ctx a context that may see them. */
export async function withHome(
  ctx: Pick<RequestContext, 'db' | 'prisma'>,
  user: User,
): Promise<UserWithHome> {
  const [organizations, branches] = await Promise.all([
    organizationsById(ctx, [user.organizationId]),
    branchesById(ctx.db, user.branchId === null ? [] : [user.branchId]),
  ]);
  return { ...user, home: { organization: organizations[0]!, branch: branches[0] ?? null } };
}

/** A checked user to insert. */
export type UserDraft = Pick<UserRow, 'id' | 'email' | 'name' | 'roleId' | 'branchId' | 'passwordHash'> &
  Partial<Pick<UserRow, 'vendorId'>>;

/**
 * Writes a new user and emits "user.created".
 * @throws PosProError 409 ALREADY_EXISTS if the address is taken, in any organization: an address exists once on the platform. So a
 * registration reveals that an address is in use, but not by whom; this cannot be avoided while the address is the login.
 */
export async function insertUser(tx: Transaction, user: UserDraft): Promise<User> {
  const searchKey = foldText(`${user.name} ${user.email}`);
  const times = { createdAt: tx.now, updatedAt: tx.now };
  const insertedCount = await tx.run(sql`
    ${users.insert({ ...user, organizationId: tx.organizationId, searchKey, ...times })} on conflict (lower(email)) do nothing`);
  if (insertedCount === 0) {
    throw new PosProError('ALREADY_EXISTS', 'An account with this e-mail address already exists.', {
      errors: [{ field: 'email', message: 'An account with this address already exists.', code: 'TAKEN' }],
    });
  }
  tx.emit({ type: 'user.created', key: user.id, payload: { userId: user.id, branchId: user.branchId } });
  return requireUserById(tx, user.id);
}

/** The organization's users. */
export async function listUsers(ctx: RequestContext, args: QueryUsersArgs): Promise<Page<User>> {
  return listPage<User>(
    ctx.db,
    {
      select: USER_COLUMNS,
      from: USER_TABLES,
      where: conditionsOf(args),
      sorts: { name: sql`u.name`, email: sql`u.email`, createdAt: sql`u.created_at` },
      updatedAt: sql`u.updated_at`,
      defaultSort: 'name',
      id: sql`u.id`,
    },
    args,
  );
}

function conditionsOf(filter: QueryUsersArgs): Sql[] {
  const conditions = [
    ...containsWords(sql`u.search_key`, filter.search),
    ...sameId(sql`u.branch_id`, filter.branchId),
  ];
  if (filter.role != null) conditions.push(sql`lower(r.name) = lower(${filter.role.replaceAll('\0', '')})`);
  if (filter.active != null)
    conditions.push(filter.active ? sql`u.disabled_at is null` : sql`u.disabled_at is not null`);
  return conditions;
}
