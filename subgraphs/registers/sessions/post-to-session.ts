import { sql, type Transaction } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { PosProError, invariant } from '#kernel/errors';
import {
  registerSessionTaxes,
  registerSessionTenders,
  type RegisterSessionTenderRow,
} from '../tables.generated';

/** What one tax rate brought in. */
export interface TaxEntry {
  /** In percent. */
  rate: Decimal;
  /** What was taxed, without the tax; negative for what was given back. */
  net: Decimal;
  /** The tax itself; negative for what was given back. */
  tax: Decimal;
}

/** What one kind of tender brought in. */
export interface TenderEntry {
  /** For example "cash"; "cash" alone moves the drawer. */
  method: string;
  /** What stayed with the shop: cash is given less the change; negative where it was paid out. */
  amount: Decimal;
  /** How many payments of this kind. */
  count: number;
}

/** Conflicts of sales made offline. */
export interface OpenConflicts {
  count: number;
  /** Not negative. */
  amount: Decimal;
}

/**
 * What one transaction adds to a session. Every amount is rounded to the session's currency; what is left out is zero.
 *
 * All amounts include tax: `gross` is the goods sold before any discount, `discounts` and `refunds` are what was taken off and
 * given back, as positive amounts, and `net` = gross − discounts − refunds, the sum of the orders' totals without cash rounding.
 */
export interface SessionEntry {
  /** How many sales. */
  sales?: number;
  /** How many returns. */
  returns?: number;
  /** Never negative: the perpetual grand total grows by it. */
  gross?: Decimal;
  discounts?: Decimal;
  refunds?: Decimal;
  /** What the tenders are above what is to be paid (negative: below); only sales made offline, and what undoes them, have it. */
  paymentDifference?: Decimal;
  /** Conflicts that wait for an acknowledgement, and the sum of the amounts at stake. */
  conflicts?: OpenConflicts;
  /** Of the returns, how many undid a sale of the same session, and how much of the refunds that was. */
  voids?: number;
  voided?: Decimal;
  /** May be left out; where it is given it must be gross − discounts − refunds. */
  net?: Decimal;
  /** Cash rounding, signed as it was added to the totals. */
  rounding?: Decimal;
  tax?: TaxEntry[];
  tenders?: TenderEntry[];
  /** Payments on customers' accounts: money that came in without a sale. Cash among them is expected in the drawer. */
  creditPayments?: TenderEntry[];
  /** What came on top for the staff, and in no other amount. Cash among it is expected in the drawer. */
  tips?: TenderEntry[];
}

/** What names a running total: its session and the payment method, or the tax rate. */
const TENDER_KEY = registerSessionTenders.omit('count', 'amount');
const TAX_KEY = registerSessionTaxes.omit('net', 'tax');

/**
 * Adds to a session's totals, in one statement. It takes the session's row until the commit, so call it as late as possible:
 * of two sales on one register the second waits here for the first, and a closing waits for both.
 *
 * @throws PosProError REGISTER_CLOSED where the session was closed meanwhile; ILLEGAL_STATE for one that is for practice.
 */
export async function postToSession(tx: Transaction, sessionId: string, entry: SessionEntry): Promise<void> {
  const { gross = ZERO, discounts = ZERO, refunds = ZERO, rounding = ZERO, paymentDifference = ZERO } = entry;
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
  const ofSession = { organizationId: tx.organizationId, sessionId };
  const addedTenders = JSON.stringify(tenders.map((tender) => ({ ...tender, ...ofSession })));
  const addedTaxes = JSON.stringify((entry.tax ?? []).map((tax) => ({ ...tax, ...ofSession })));
  // The side rows are selected from the updated session, so its lock is always taken first: entries cannot deadlock each other.
  const posted = await tx.maybeOne<{ id: string }>(sql`
    with session as (
      update register_sessions set
        sales_count = sales_count + ${entry.sales ?? 0}, returns_count = returns_count + ${entry.returns ?? 0},
        gross_sales = gross_sales + ${gross}, discounts = discounts + ${discounts}, refunds = refunds + ${refunds},
        net_sales = net_sales + ${net}, rounding = rounding + ${rounding}, expected_cash = expected_cash + ${cash},
        voids_count = voids_count + ${entry.voids ?? 0}, voids = voids + ${entry.voided ?? ZERO},
        payment_differences = payment_differences + ${paymentDifference},
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
  if (!posted) throw await refusal(tx, sessionId);
}

/**
 * Takes acknowledged conflicts off a session's totals. A session that is closed keeps what its Z-report says.
 * @returns whether the session was still open.
 */
export async function removeConflicts(
  tx: Transaction,
  sessionId: string,
  { count, amount }: OpenConflicts,
): Promise<boolean> {
  const open = await tx.maybeOne<{ id: string }>(sql`
    update register_sessions set conflicts_count = conflicts_count - ${count}, conflicts = conflicts - ${amount}
    where id = ${sessionId} and status = 'open'
    returning id`);
  return open !== undefined;
}

async function refusal(tx: Transaction, sessionId: string): Promise<PosProError> {
  const session = await tx.maybeOne<{ status: string }>(
    sql`select status from register_sessions where id = ${sessionId}`,
  );
  return session?.status === 'open' ? trainingError() : sessionClosedError();
}

/** The answer to work with real goods and money in a session for practice. */
function trainingError(): PosProError {
  return new PosProError(
    'ILLEGAL_STATE',
    'The register is open for training, where only sales can be practised.',
    {
      facts: { training: true },
    },
  );
}

function tenderRows(
  kind: RegisterSessionTenderRow['kind'],
  tenders: readonly TenderEntry[] = [],
): Omit<RegisterSessionTenderRow, 'organizationId' | 'sessionId'>[] {
  // The method stands in the canonical text under a Z-report's hash, where it must not be mistaken for punctuation.
  for (const { method } of tenders)
    invariant(/^[a-z0-9_]+$/.test(method), `"${method}" is no name of a tender`);
  return tenders.map((tender) => ({ ...tender, kind }));
}

/** The answer to work on a session that is no longer open. */
export function sessionClosedError(): PosProError {
  return new PosProError(
    'REGISTER_CLOSED',
    'The register was closed meanwhile. Open it with POST /pos/register/open.',
  );
}
