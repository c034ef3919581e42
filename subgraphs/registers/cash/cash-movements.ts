import { userOf } from '#kernel/auth/access';
import { amountErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO } from '#kernel/decimal';
import { invalid, notFound } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { assertDrawerAccess, openSessionFor, sessionInView } from '../sessions/resolve-session';
import type { CashMovementInput, CashMovementKind } from '../inputs.generated';
import { sessionClosedError } from '../sessions/post-to-session';
import { emitRegisterChanged } from '../register/registers';
import { type CashMovementRow, type SessionRow } from '../model';
import { seesExpectedCash, tillSettings } from '../settings/till-settings';
import { sessionsByIds } from '../sessions/sessions.queries';
import { cashMovements } from '../tables.generated';

/** The beginning of the message for a register of another cashier. */
const ACTIONS: Readonly<Record<CashMovementKind, string>> = {
  cash_in: 'Putting cash into',
  cash_out: 'Taking cash out of',
};

/**
 * Puts cash into a drawer or takes it out, without a sale.
 *
 * @throws PosProError 409 REGISTER_CLOSED; 403 for another cashier's register without pos:override; 422 by field, with the code
 * EXCEEDS_DRAWER for taking out more than the expected cash.
 */
export async function moveCash(
  ctx: RequestContext,
  kind: CashMovementKind,
  input: CashMovementInput,
): Promise<CashMovementRow> {
  const idempotent = { operation: kind, input };
  return transact(ctx, (tx) => moveWithin(tx, ctx, kind, input), { idempotent });
}

async function moveWithin(
  tx: Transaction,
  ctx: RequestContext,
  kind: CashMovementKind,
  input: CashMovementInput,
): Promise<CashMovementRow> {
  const session = await openSessionFor(tx, ctx, input.registerId);
  assertDrawerAccess(ctx.actor, session, ACTIONS[kind]);
  throwFieldErrors([
    ...amountErrors('amount', input.amount, session.currency, 'positive'),
    ...textErrors('reason', input.reason, { min: 1, max: 500 }),
  ]);
  const movement = await insertMovement(tx, ctx, session, kind, input);
  if (!movement) throw await movementError(tx, ctx, session);
  emitRegisterChanged(
    tx,
    { id: session.registerId, branchId: session.branchId, name: session.registerName },
    { sessionId: session.id, status: 'open' },
  );
  return movement;
}

/** The columns of a new movement. The expected cash after it is read from the session. */
const MOVEMENT_COLUMNS = cashMovements.omit('expectedCash');

/** Updates the session and stores the movement, in one statement; undefined if the session is closed or the drawer has less cash. */
async function insertMovement(
  tx: Transaction,
  ctx: RequestContext,
  session: SessionRow,
  kind: CashMovementKind,
  { amount, reason }: CashMovementInput,
): Promise<CashMovementRow | undefined> {
  const [cashIn, cashOut] = kind === 'cash_in' ? [amount, ZERO] : [ZERO, amount];
  return tx.maybeOne<CashMovementRow>(sql`
    with session as (
      update register_sessions
      set cash_in = cash_in + ${cashIn}, cash_out = cash_out + ${cashOut}, expected_cash = expected_cash + ${cashIn.minus(cashOut)}
      where id = ${session.id} and status = 'open' and (${kind}::text = 'cash_in' or expected_cash >= ${amount})
      returning expected_cash
    )
    insert into cash_movements (${MOVEMENT_COLUMNS.columns}, expected_cash)
    select ${MOVEMENT_COLUMNS.parameters({
      ...{
        id: ctx.ids.next(),
        organizationId: tx.organizationId,
        registerId: session.registerId,
        sessionId: session.id,
      },
      ...{ kind, amount, reason: reason.trim(), userId: userOf(ctx) ?? null, createdAt: tx.now },
    })}, expected_cash
    from session
    returning ${cashMovements.columns}, ${session.currency}::text as currency`);
}

async function movementError(tx: Transaction, ctx: RequestContext, session: SessionRow): Promise<Error> {
  const current = await tx.one<SessionRow>(
    sql`select status, expected_cash from register_sessions where id = ${session.id}`,
  );
  if (current.status === 'closed') return sessionClosedError();
  if (!seesExpectedCash(ctx.actor, await tillSettings(tx))) {
    return invalid('amount', 'The amount exceeds the expected cash in the drawer.', 'EXCEEDS_DRAWER');
  }
  const expectedCash = formatMoney(current.expectedCash, session.currency);
  return invalid(
    'amount',
    `The amount exceeds the expected cash in the drawer: ${expectedCash} ${session.currency}.`,
    'EXCEEDS_DRAWER',
  );
}

/**
 * The cash movements of a session, the oldest first. The session defaults to the one in the caller's view.
 * @throws PosProError 404 for an unknown session, or without an open session.
 */
export async function listCashMovements(
  ctx: RequestContext,
  sessionId: string | null | undefined,
  args: PageArgs,
): Promise<Page<CashMovementRow>> {
  const session =
    sessionId == null
      ? await sessionInView(ctx.db, ctx)
      : (await sessionsByIds(ctx.db, [sessionId])).get(sessionId);
  if (!session) throw notFound('register session', sessionId!);
  return listPage<CashMovementRow>(
    ctx.db,
    {
      select: sql`${cashMovements.select('m')}, s.currency`,
      from: sql`cash_movements m join register_sessions s on s.id = m.session_id`,
      where: [sql`m.session_id = ${session.id}`],
      sorts: { createdAt: sql`m.created_at` },
      defaultSort: 'createdAt',
      id: sql`m.id`,
    },
    args,
  );
}
