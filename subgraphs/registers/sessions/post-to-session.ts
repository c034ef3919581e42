import { sql, type Transaction } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { PosProError, invariant } from '#kernel/errors';
import type { TaxTotal, TenderTotal } from '../reports/session-totals.rules';
import {
  registerSessionTaxes,
  registerSessionTenders,
  type RegisterSessionTenderRow,
} from '../tables.generated';

/** The part of one tax rate, in percent. `net` is the taxed amount without the tax; both amounts are negative for refunds. */
export type TaxEntry = TaxTotal;

/**
 * The part of one payment method, with the number of payments. The amount is what the shop kept (cash received minus change),
 * negative for refunds. Only "cash" changes the expected cash.
 */
export type TenderEntry = TenderTotal;

/** Conflicts of offline sales. */
export interface OpenConflicts {
  count: number;
  /** Not negative. */
  amount: Decimal;
}

/**
 * The amounts that one transaction adds to a session. Every amount is rounded to the session's currency; an omitted one is zero.
 *
 * All amounts include tax: `gross` is the goods sold before any discount; `discounts` and `refunds` are positive; and `net` =
 * gross − discounts − refunds, the sum of the orders' totals without cash rounding.
 */
export interface SessionEntry {
  /** Number of sales. */
  sales?: number;
  /** Number of returns. */
  returns?: number;
  /** Never negative: the perpetual grand total grows by it. */
  gross?: Decimal;
  discounts?: Decimal;
  refunds?: Decimal;
  /** Amount by which the tenders exceed the amount due (negative: fall short of it). Only offline sales, and their refunds and voids, have one. */
  paymentDifference?: Decimal;
  /** Unacknowledged conflicts, and the sum of the amounts at stake. */
  conflicts?: OpenConflicts;
  /** Number of voids among the returns (they undo a sale of the same session), and their part of the refunds. */
  voids?: number;
  voided?: Decimal;
  /** Gift cards sold (negative: refunded), with tax: the tenders have the money, and no other amount has it. */
  giftCardSales?: Decimal;
  /** Optional, as a check: must equal gross − discounts − refunds. */
  net?: Decimal;
  /** Cash rounding, with the sign with which it was added to the totals. */
  rounding?: Decimal;
  tax?: TaxEntry[];
  tenders?: TenderEntry[];
  /** Payments on customer accounts: money without a sale. Cash among them is expected in the drawer. */
  creditPayments?: TenderEntry[];
  /** Tips for the staff, which no other amount includes. Cash among them is expected in the drawer. */
  tips?: TenderEntry[];
}

/** The keys of the running totals: the session, with the payment method or the tax rate. */
const TENDER_KEY = registerSessionTenders.omit('count', 'amount');
const TAX_KEY = registerSessionTaxes.omit('net', 'tax');

/**
 * Adds an entry to a session's totals, in one statement. The session's row is locked until the commit, so call this as late as
 * possible: of two sales at one register the second waits here for the first, and a close waits for both.
 *
 * @throws PosProError REGISTER_CLOSED if the session has been closed meanwhile; ILLEGAL_STATE for a training session.
 */
export async function postToSession(tx: Transaction, sessionId: string, entry: SessionEntry): Promise<void> {
  if (!(await postIfOpen(tx, sessionId, entry))) throw await entryError(tx, sessionId);
}

/** The same for an entry that a closed session does not need. @returns whether the session was open. */
export async function postIfOpen(tx: Transaction, sessionId: string, entry: SessionEntry): Promise<boolean> {
  const {
    gross = ZERO,
    discounts = ZERO,
    refunds = ZERO,
    rounding = ZERO,
    paymentDifference = ZERO,
    giftCardSales = ZERO,
  } = entry;
  const { conflicts = { count: 0, amount: ZERO } } = entry;
  const net = gross.minus(discounts).minus(refunds);
  invariant(
    !entry.net || entry.net.equals(net),
    'the net of a session entry is not gross − discounts − refunds',
  );
  const tenders = [
    ...tenderRows('sale', entry.tenders),
    ...tenderRows('credit_payment', entry.creditPayments),
    ...tenderRows('tip', entry.tips),
  ];
  const cash = sum(tenders.filter((tender) => tender.method === 'cash').map((tender) => tender.amount));
  const session = { organizationId: tx.organizationId, sessionId };
  const addedTenders = JSON.stringify(tenders.map((tender) => ({ ...tender, ...session })));
  const addedTaxes = JSON.stringify((entry.tax ?? []).map((tax) => ({ ...tax, ...session })));
  // The tenders and taxes are selected from the updated session, so its lock is always taken first: entries cannot deadlock.
  const postedSession = await tx.maybeOne<{ id: string }>(sql`
    with session as (
      update register_sessions set
        sales_count = sales_count + ${entry.sales ?? 0}, returns_count = returns_count + ${entry.returns ?? 0},
        gross_sales = gross_sales + ${gross}, discounts = discounts + ${discounts}, refunds = refunds + ${refunds},
        net_sales = net_sales + ${net}, rounding = rounding + ${rounding}, expected_cash = expected_cash + ${cash},
        voids_count = voids_count + ${entry.voids ?? 0}, voids = voids + ${entry.voided ?? ZERO},
        payment_differences = payment_differences + ${paymentDifference}, gift_card_sales = gift_card_sales + ${giftCardSales},
        conflicts_count = conflicts_count + ${conflicts.count}, conflicts = conflicts + ${conflicts.amount}
      where id = ${sessionId} and status = 'open' and not training
      returning id
    ), tenders as (
      insert into register_session_tenders as running (${TENDER_KEY.columns}, count, amount)
      select ${TENDER_KEY.values('added')}, sum(added.count), sum(added.amount)
      from session, jsonb_to_recordset(${addedTenders}::jsonb) as added(${registerSessionTenders.definitions})
      group by ${TENDER_KEY.values('added')}
      on conflict (session_id, kind, method)
        do update set count = running.count + excluded.count, amount = running.amount + excluded.amount
    ), taxes as (
      insert into register_session_taxes as running (${TAX_KEY.columns}, net, tax)
      select ${TAX_KEY.values('added')}, sum(added.net), sum(added.tax)
      from session, jsonb_to_recordset(${addedTaxes}::jsonb) as added(${registerSessionTaxes.definitions})
      group by ${TAX_KEY.values('added')}
      on conflict (session_id, rate) do update set net = running.net + excluded.net, tax = running.tax + excluded.tax
    )
    select id from session`);
  return postedSession !== undefined;
}

/**
 * Subtracts acknowledged conflicts from a session's totals. A closed session keeps the values of its Z-report.
 * @returns whether the session was still open.
 */
export async function removeConflicts(
  tx: Transaction,
  sessionId: string,
  { count, amount }: OpenConflicts,
): Promise<boolean> {
  const openSession = await tx.maybeOne<{ id: string }>(sql`
    update register_sessions set conflicts_count = conflicts_count - ${count}, conflicts = conflicts - ${amount}
    where id = ${sessionId} and status = 'open'
    returning id`);
  return openSession !== undefined;
}

async function entryError(tx: Transaction, sessionId: string): Promise<PosProError> {
  const session = await tx.maybeOne<{ status: string }>(
    sql`select status from register_sessions where id = ${sessionId}`,
  );
  return session?.status === 'open' ? trainingError() : sessionClosedError();
}

/** The error of real goods or money in a training session. */
function trainingError(): PosProError {
  return new PosProError(
    'ILLEGAL_STATE',
    'The register is open for training, which allows only training sales.',
    {
      details: { training: true },
    },
  );
}

function tenderRows(
  kind: RegisterSessionTenderRow['kind'],
  tenders: readonly TenderEntry[] = [],
): Omit<RegisterSessionTenderRow, 'organizationId' | 'sessionId'>[] {
  // The method is part of the canonical text of a Z-report, where it must not be mistaken for punctuation.
  for (const { method } of tenders)
    invariant(/^[a-z0-9_]+$/.test(method), `invalid payment method "${method}"`);
  return tenders.map((tender) => ({ ...tender, kind }));
}

/** The error of work in a session that is no longer open. */
export function sessionClosedError(): PosProError {
  return new PosProError(
    'REGISTER_CLOSED',
    'The register has been closed meanwhile. Open it with POST /pos/register/open.',
  );
}
