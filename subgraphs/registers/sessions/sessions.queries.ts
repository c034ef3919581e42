import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { notFound } from '#kernel/errors';
import { byId } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { inPeriod, listPage, type Page } from '#kernel/paging';
import type { QueryRegisterSessionsArgs } from '../inputs.generated';
import { SESSION_COLUMNS, SESSION_TABLES, type SessionRow } from '../model';

/**
 * The sessions of a register, the newest first.
 * @throws PosProError 404 for an unknown register.
 */
export async function listSessions(
  ctx: RequestContext,
  { registerId, ...filter }: QueryRegisterSessionsArgs,
): Promise<Page<SessionRow>> {
  const register =
    isUuid(registerId) && (await ctx.db.maybeOne(sql`select id from registers where id = ${registerId}`));
  if (!register) throw notFound('register', registerId);
  const where = [sql`s.register_id = ${registerId}`, ...inPeriod(sql`s.opened_at`, filter)];
  if (filter.status != null) where.push(sql`s.status = ${filter.status}`);
  return listPage<SessionRow>(
    ctx.db,
    {
      select: SESSION_COLUMNS,
      from: SESSION_TABLES,
      where,
      sorts: { openedAt: sql`s.opened_at` },
      defaultSort: '-openedAt',
      id: sql`s.id`,
    },
    filter,
  );
}

/** The sessions among these ids that the caller may see. */
export async function sessionsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SessionRow>> {
  const validIds = ids.filter(isUuid);
  return byId(
    await db.many<SessionRow>(
      sql`select ${SESSION_COLUMNS} from ${SESSION_TABLES} where s.id = any(${validIds}::uuid[])`,
    ),
  );
}

/** The open sessions of these registers, by the register's id. */
export async function openSessionsByRegister(
  db: Queryable,
  registerIds: readonly string[],
): Promise<ReadonlyMap<string, SessionRow>> {
  const rows = await db.many<SessionRow>(sql`
    select ${SESSION_COLUMNS} from ${SESSION_TABLES} where s.register_id = any(${registerIds}::uuid[]) and s.status = 'open'`);
  return new Map(rows.map((row) => [row.registerId, row]));
}
