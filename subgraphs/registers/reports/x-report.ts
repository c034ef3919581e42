import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { sessionInView } from '../sessions/resolve-session';
import {
  type SessionFigures,
  type SessionParts,
  type TaxTotal,
  type TenderTotal,
} from './session-totals.rules';
import { type StoredTax, type StoredTender } from '../json-columns';
import { SESSION_COLUMNS, SESSION_TABLES, type SessionRow } from '../model';
import { type ZReportRow } from '../tables.generated';

/** Fields that a report copies from its session. */
type SharedField =
  | 'registerId'
  | 'registerName'
  | 'branchId'
  | 'currency'
  | 'openedAt'
  | 'openedBy'
  | 'closedAt'
  | 'closedBy'
  | 'expectedCash'
  | 'countedCash';

/** The totals of a session: so far (X-report) or final (Z-report). Amounts are in `currency`. */
export interface RegisterReport extends SessionFigures, SessionParts, Pick<SessionRow, SharedField> {
  kind: 'x' | 'z';
  /** Whether it is the report of a training session, which has no number, no hash and no part in the grand total. */
  training: boolean;
  /** Null on an X-report. */
  number: number | null;
  sessionId: string;
  difference: Decimal | null;
  /** Gross sales of the register since it was created, including this session. */
  grandTotal: Decimal;
  hash: string | null;
  previousHash: string | null;
}

/** A session with its totals, read in one statement and therefore consistent. */
export interface SessionTotals extends SessionRow, SessionParts {
  /** Gross sales of the register's closed sessions. */
  registerGrandTotal: Decimal;
  /** Hash of the register's newest Z-report; null before the first. */
  registerZHash: string | null;
}

export function toTaxTotals(stored: readonly StoredTax[]): TaxTotal[] {
  return stored.map(({ rate, net, tax }) => ({
    rate: new Decimal(rate),
    net: new Decimal(net),
    tax: new Decimal(tax),
  }));
}

export function toTenderTotals(stored: readonly StoredTender[]): TenderTotal[] {
  return stored.map(({ method, count, amount }) => ({ method, count, amount: new Decimal(amount) }));
}

/** The parts of a report as stored in `z_reports`. */
export function toStoredParts(parts: SessionParts): Pick<ZReportRow, keyof SessionParts> {
  const tenders = (totals: readonly TenderTotal[]): StoredTender[] =>
    totals.map(({ method, count, amount }) => ({ method, count, amount: amount.toFixed() }));
  const { tax, payments, creditPayments, tips } = parts;
  return {
    tax: tax.map(({ rate, net, tax: amount }) => ({
      rate: rate.toFixed(),
      net: net.toFixed(),
      tax: amount.toFixed(),
    })),
    payments: tenders(payments),
    creditPayments: tenders(creditPayments),
    tips: tenders(tips),
  };
}

type TotalsRow = SessionRow & {
  storedTax: StoredTax[];
  storedTenders: (StoredTender & { kind: string })[];
  registerGrandTotal: Decimal;
  registerZHash: string | null;
};

/** The totals of a session, which must exist. */
export async function sessionTotals(db: Queryable, sessionId: string): Promise<SessionTotals> {
  const { storedTax, storedTenders, ...session } = await db.one<TotalsRow>(sql`
    select ${SESSION_COLUMNS}, r.grand_total as register_grand_total, r.last_z_hash as register_z_hash,
      coalesce((
        select jsonb_agg(jsonb_build_object('rate', t.rate::text, 'net', t.net::text, 'tax', t.tax::text) order by t.rate)
        from register_session_taxes t where t.session_id = s.id), '[]') as stored_tax,
      coalesce((
        select jsonb_agg(
          jsonb_build_object('kind', t.kind, 'method', t.method, 'count', t.count, 'amount', t.amount::text) order by t.method)
        from register_session_tenders t where t.session_id = s.id), '[]') as stored_tenders
    from ${SESSION_TABLES} where s.id = ${sessionId}`);
  return {
    ...session,
    tax: toTaxTotals(storedTax),
    payments: toTenderTotals(storedTenders.filter(({ kind }) => kind === 'sale')),
    creditPayments: toTenderTotals(storedTenders.filter(({ kind }) => kind === 'credit_payment')),
    tips: toTenderTotals(storedTenders.filter(({ kind }) => kind === 'tip')),
  };
}

/**
 * The totals of an open session so far. Writes nothing.
 * @throws PosProError 404 without an open session; 403 for a register of another branch without pos:override.
 */
export async function xReport(ctx: RequestContext, registerId?: string | null): Promise<RegisterReport> {
  const session = await sessionInView(ctx.db, ctx, registerId);
  return toRunningReport(await sessionTotals(ctx.db, session.id));
}

/** The totals of a session as an X-report. */
export function toRunningReport({
  registerGrandTotal,
  registerZHash,
  ...totals
}: SessionTotals): RegisterReport {
  return {
    ...totals,
    kind: 'x',
    number: null,
    sessionId: totals.id,
    difference: null,
    grandTotal: registerGrandTotal.plus(totals.grossSales),
    hash: null,
    previousHash: registerZHash,
  };
}
