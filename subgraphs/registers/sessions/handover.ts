/** Handovers: the cashier of an open session changes, and each cashier is responsible for their part of it. */
import { userOf } from '#kernel/auth/access';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { type Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { userNames } from '#subgraphs/auth/index';
import { countedTotal } from '../cash/cash-count.rules';
import { assertDrawerAccess, openSessionFor } from './resolve-session';
import type { HandOverInput } from '../inputs.generated';
import { sessionClosedError } from './post-to-session';
import { emitRegisterChanged } from '../register/registers';
import { type SessionRow } from '../model';
import { registerHandOvers, type RegisterHandOverRow } from '../tables.generated';

/** A handover with the currency of its session. */
export interface HandOverRow extends RegisterHandOverRow {
  currency: string;
}

/** The columns of a new handover. The previous cashier and the expected cash are read from the session. */
const HAND_OVER_COLUMNS = registerHandOvers.omit('fromUserId', 'expectedCash');

/**
 * Hands an open register over. From now on it is the new cashier's register, and no longer the default one of the previous cashier.
 *
 * @throws PosProError 409 REGISTER_CLOSED; 403 for another cashier's register without pos:override; 422 by field, with the code
 * USER_NOT_FOUND for a user of another organization, and SAME_CASHIER for the present cashier.
 */
export async function handOver(ctx: RequestContext, input: HandOverInput): Promise<HandOverRow> {
  return transact(ctx, (tx) => handOverWithin(tx, ctx, input), {
    idempotent: { operation: 'handOver', input },
  });
}

async function handOverWithin(
  tx: Transaction,
  ctx: RequestContext,
  input: HandOverInput,
): Promise<HandOverRow> {
  const session = await openSessionFor(tx, ctx, input.registerId);
  assertDrawerAccess(ctx.actor, session, 'A handover of');
  throwFieldErrors(textErrors('note', input.note, { max: 500 }));
  const countedCash = countedTotal(session.currency, input, 'countedCash');
  const toUserId = input.toUserId.toLowerCase();
  const exists = isUuid(toUserId) && (await userNames(ctx, [toUserId])).has(toUserId);
  if (!exists)
    throw invalid('toUserId', `There is no user with the id "${input.toUserId}".`, 'USER_NOT_FOUND');
  if (session.cashierId === toUserId)
    throw invalid('toUserId', 'Already works at the register.', 'SAME_CASHIER');
  const handover = await tx.maybeOne<HandOverRow>(sql`
    with before as (
      select id, cashier_id from register_sessions where id = ${session.id} and status = 'open' for no key update
    ), session as (
      update register_sessions s set cashier_id = ${toUserId}::uuid from before where s.id = before.id
      returning s.expected_cash, before.cashier_id as from_user_id
    )
    insert into register_hand_overs (${HAND_OVER_COLUMNS.columns}, from_user_id, expected_cash)
    select ${HAND_OVER_COLUMNS.parameters({
      ...{
        id: ctx.ids.next(),
        organizationId: tx.organizationId,
        registerId: session.registerId,
        sessionId: session.id,
      },
      ...{ toUserId, countedCash, note: input.note?.trim() ?? null },
      ...{ createdAt: tx.now, createdBy: userOf(ctx) ?? null },
    })}, from_user_id, expected_cash
    from session
    returning ${registerHandOvers.columns}, ${session.currency}::text as currency`);
  if (!handover) throw sessionClosedError();
  emitRegisterChanged(
    tx,
    { id: session.registerId, branchId: session.branchId, name: session.registerName },
    { sessionId: session.id, status: 'open', cashierId: toUserId },
  );
  return handover;
}

/** The handovers of a session, the oldest first. */
export async function listHandOvers(
  db: Queryable,
  session: Pick<SessionRow, 'id' | 'currency'>,
): Promise<HandOverRow[]> {
  return db.many<HandOverRow>(sql`
    select ${registerHandOvers.select('h')}, ${session.currency}::text as currency from register_hand_overs h where h.session_id = ${session.id}
    order by h.created_at, h.id`);
}

/** Selects the counts of one session, or those of a branch from one business day to another. */
export type CountQuery =
  { sessionId: string } | { branchId: string; from: string; to: string; timeZone: string };

/**
 * Differences between counted and expected cash, by the responsible cashier. A count during a session shows the difference since the
 * session began, so that a cashier's part is the difference at their end minus the one at the previous count.
 *
 * @returns by cashier; cashiers without a count are not included.
 */
export async function cashDifferences(
  db: Queryable,
  query: CountQuery,
): Promise<ReadonlyMap<string, Decimal>> {
  const sessionFilter =
    'sessionId' in query
      ? sql`s.id = ${query.sessionId}::uuid`
      : sql`s.branch_id = ${query.branchId}::uuid and s.opened_at < (${query.to}::date + 1)::timestamp at time zone ${query.timeZone}
          and (s.closed_at is null or s.closed_at >= ${query.from}::date::timestamp at time zone ${query.timeZone})`;
  const dayFilter =
    'sessionId' in query
      ? sql`true`
      : sql`(p.at at time zone ${query.timeZone})::date between ${query.from}::date and ${query.to}::date`;
  const rows = await db.many<{ cashierId: string; difference: Decimal }>(sql`
    with session as (
      select s.* from register_sessions s where ${sessionFilter} and not s.training
    ), counted as (
      select h.session_id, h.from_user_id as cashier_id, h.created_at as at, h.counted_cash - h.expected_cash as difference
      from register_hand_overs h join session s on s.id = h.session_id where h.counted_cash is not null
      union all
      select s.id, s.cashier_id, s.closed_at, s.counted_cash - s.expected_cash from session s where s.status = 'closed'
    ), part as (
      select c.cashier_id, c.at,
        c.difference - coalesce(lag(c.difference) over (partition by c.session_id order by c.at), 0) as difference
      from counted c
    )
    select p.cashier_id, sum(p.difference) as difference from part p where ${dayFilter} and p.cashier_id is not null group by 1`);
  return new Map(rows.map((row) => [row.cashierId, row.difference]));
}
