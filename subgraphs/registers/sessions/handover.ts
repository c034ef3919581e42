/** One cashier leaves an open register to another: the session goes on, and each answers for their own part of it. */
import { userOf } from '#kernel/auth/access';
import { textFaults, throwFaults } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { type Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { userNames } from '#subgraphs/auth/index';
import { countedTotal } from '../cash/cash-count.rules';
import { openSessionFor, assertDrawerAccess } from './resolve-session';
import type { HandOverInput } from '../inputs.generated';
import { sessionClosedError } from './post-to-session';
import { emitRegisterChanged } from '../register/registers';
import { type SessionRow } from '../model';
import { registerHandOvers, type RegisterHandOverRow } from '../tables.generated';

/** A hand-over with the currency of its session. */
export interface HandOverRow extends RegisterHandOverRow {
  currency: string;
}

/** The columns that a hand-over brings along; the session says who works at it, and what should be in the drawer. */
const WRITTEN = registerHandOvers.omit('fromUserId', 'expectedCash');

/**
 * Hands an open register over. Sales that name no register are the new cashier's from here on.
 *
 * @throws PosProError 409 REGISTER_CLOSED; 403 for somebody else's register without pos:override; 422 by field, USER_NOT_FOUND for
 * somebody who does not work here, SAME_CASHIER for whoever works at it already.
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
  assertDrawerAccess(ctx.actor, session, 'Handing over');
  throwFaults(textFaults('note', input.note, { max: 500 }));
  const counted = countedTotal(session.currency, input, 'countedCash');
  const toUserId = input.toUserId.toLowerCase();
  const known = isUuid(toUserId) && (await userNames(ctx, [toUserId])).has(toUserId);
  if (!known)
    throw invalid('toUserId', `Nobody with the id "${input.toUserId}" works here.`, 'USER_NOT_FOUND');
  if (session.cashierId === toUserId)
    throw invalid('toUserId', 'Works at the register already.', 'SAME_CASHIER');
  const handed = await tx.maybeOne<HandOverRow>(sql`
    with before as (
      select id, cashier_id from register_sessions where id = ${session.id} and status = 'open' for no key update
    ), session as (
      update register_sessions s set cashier_id = ${toUserId}::uuid from before where s.id = before.id
      returning s.expected_cash, before.cashier_id as from_user_id
    )
    insert into register_hand_overs (${WRITTEN.columns}, from_user_id, expected_cash)
    select ${WRITTEN.parameters({
      ...{
        id: ctx.ids.next(),
        organizationId: tx.organizationId,
        registerId: session.registerId,
        sessionId: session.id,
      },
      ...{ toUserId, countedCash: counted, note: input.note?.trim() ?? null },
      ...{ createdAt: tx.now, createdBy: userOf(ctx) ?? null },
    })}, from_user_id, expected_cash
    from session
    returning ${registerHandOvers.columns}, ${session.currency}::text as currency`);
  if (!handed) throw sessionClosedError();
  emitRegisterChanged(
    tx,
    { id: session.registerId, branchId: session.branchId, name: session.registerName },
    { sessionId: session.id, status: 'open', cashierId: toUserId },
  );
  return handed;
}

/** The hand-overs of a session, in their order. */
export async function listHandOvers(
  db: Queryable,
  session: Pick<SessionRow, 'id' | 'currency'>,
): Promise<HandOverRow[]> {
  return db.many<HandOverRow>(sql`
    select ${registerHandOvers.select('h')}, ${session.currency}::text as currency from register_hand_overs h where h.session_id = ${session.id}
    order by h.created_at, h.id`);
}

/** Which counts are meant: those of one session, or of a branch's days. */
export type CountQuery =
  { sessionId: string } | { branchId: string; from: string; to: string; timeZone: string };

/**
 * What was missing in the drawers, or too much in them, by whoever answered for it. A count in the course of a session tells what
 * has gone wrong since the session began, so that each cashier's part is the count at their end less the one before it.
 *
 * @returns by cashier; those under whom nobody counted are left out.
 */
export async function cashDifferences(
  db: Queryable,
  query: CountQuery,
): Promise<ReadonlyMap<string, Decimal>> {
  const ofQuery =
    'sessionId' in query
      ? sql`s.id = ${query.sessionId}::uuid`
      : sql`s.branch_id = ${query.branchId}::uuid and s.opened_at < (${query.to}::date + 1)::timestamp at time zone ${query.timeZone}
          and (s.closed_at is null or s.closed_at >= ${query.from}::date::timestamp at time zone ${query.timeZone})`;
  const within =
    'sessionId' in query
      ? sql`true`
      : sql`(p.at at time zone ${query.timeZone})::date between ${query.from}::date and ${query.to}::date`;
  const rows = await db.many<{ cashierId: string; difference: Decimal }>(sql`
    with session as (
      select s.* from register_sessions s where ${ofQuery} and not s.training
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
    select p.cashier_id, sum(p.difference) as difference from part p where ${within} and p.cashier_id is not null group by 1`);
  return new Map(rows.map((row) => [row.cashierId, row.difference]));
}
