/**
 * The seal of a Z-report: SHA-256 over a canonical text of the amounts themselves and the hash of the report before.
 *
 * The canonical text, version 1, is UTF-8; each line is `name=value` and ends with a line feed. The lines stand in the order of
 * `canonicalText` below. An amount and a rate have exactly four decimals ("812.3500"), a moment is ISO 8601 in UTC with
 * milliseconds, what is absent is empty. Each tax rate is a line `tax=rate;net;tax`, ascending by rate; each tender a line
 * `payment=method;count;amount`, each payment on account a line `credit_payment=method;count;amount`, each tip a line
 * `tip=method;count;amount`, ascending by the method's bytes. Where sales were voided there is a line `voids=count;amount` after
 * the rounding, and none where not. So anybody can compute the hash again from a printed report and the one before it, with no program of ours.
 */
import { createHash } from 'node:crypto';
import { type Decimal } from '../../kernel/decimal';

/** Running total of one tax rate. */
export interface TaxTotal {
  /** In percent. */
  rate: Decimal;
  net: Decimal;
  tax: Decimal;
}

/** Running total of one kind of tender. */
export interface TenderTotal {
  method: string;
  count: number;
  amount: Decimal;
}

/** Everything that a Z-report seals. */
export interface SealedReport {
  organizationId: string;
  branchId: string;
  registerId: string;
  sessionId: string;
  number: number;
  currency: string;
  openedAt: Date;
  openedBy: string | null;
  closedAt: Date;
  closedBy: string | null;
  openingFloat: Decimal;
  cashIn: Decimal;
  cashOut: Decimal;
  salesCount: number;
  returnsCount: number;
  grossSales: Decimal;
  discounts: Decimal;
  refunds: Decimal;
  netSales: Decimal;
  rounding: Decimal;
  /** Of the returns, those that undid a sale of the same session, and what they gave back. */
  voidsCount: number;
  voids: Decimal;
  tax: readonly TaxTotal[];
  payments: readonly TenderTotal[];
  creditPayments: readonly TenderTotal[];
  tips: readonly TenderTotal[];
  expectedCash: Decimal;
  countedCash: Decimal;
  difference: Decimal;
  grandTotal: Decimal;
  previousHash: string | null;
}

/** A Z-report as it is stored: sealed. */
export interface ChainedReport extends SealedReport {
  hash: string;
}

/** The text under the hash; see above. */
export function canonicalText(report: SealedReport): string {
  const lines: [string, string][] = [
    ['format', 'pospro-z-report/1'],
    ['organization_id', report.organizationId],
    ['branch_id', report.branchId],
    ['register_id', report.registerId],
    ['session_id', report.sessionId],
    ['number', String(report.number)],
    ['currency', report.currency],
    ['opened_at', report.openedAt.toISOString()],
    ['opened_by', report.openedBy ?? ''],
    ['closed_at', report.closedAt.toISOString()],
    ['closed_by', report.closedBy ?? ''],
    ['opening_float', fixed(report.openingFloat)],
    ['cash_in', fixed(report.cashIn)],
    ['cash_out', fixed(report.cashOut)],
    ['sales_count', String(report.salesCount)],
    ['returns_count', String(report.returnsCount)],
    ['gross_sales', fixed(report.grossSales)],
    ['discounts', fixed(report.discounts)],
    ['refunds', fixed(report.refunds)],
    ['net_sales', fixed(report.netSales)],
    ['rounding', fixed(report.rounding)],
    ...(report.voidsCount > 0 || !report.voids.isZero()
      ? [['voids', `${report.voidsCount};${fixed(report.voids)}`] as [string, string]]
      : []),
    ...[...report.tax].sort((a, b) => a.rate.comparedTo(b.rate)).map(taxLine),
    ...tenderLines('payment', report.payments),
    ...tenderLines('credit_payment', report.creditPayments),
    ...tenderLines('tip', report.tips),
    ['expected_cash', fixed(report.expectedCash)],
    ['counted_cash', fixed(report.countedCash)],
    ['difference', fixed(report.difference)],
    ['grand_total', fixed(report.grandTotal)],
    ['previous_hash', report.previousHash ?? ''],
  ];
  return lines.map(([name, value]) => `${name}=${value}\n`).join('');
}

/** The hash of a report, in lower-case hex. */
export function hashReport(report: SealedReport): string {
  return createHash('sha256').update(canonicalText(report), 'utf8').digest('hex');
}

/** What a report must follow: the number, hash and grand total of the one before it. */
export interface ChainHead {
  number: number;
  hash: string | null;
  grandTotal: Decimal;
}

/** Why a report does not belong where it stands. */
export type ChainFault = 'number_gap' | 'amounts_altered' | 'previous_hash_differs' | 'grand_total_differs' | 'drawer_differs';

/** What is wrong with a report that follows `head`; undefined where nothing is. */
export function chainFault(head: ChainHead, report: ChainedReport): ChainFault | undefined {
  if (report.number !== head.number + 1) return 'number_gap';
  if (hashReport(report) !== report.hash) return 'amounts_altered';
  if (report.previousHash !== head.hash) return 'previous_hash_differs';
  if (!report.grandTotal.equals(head.grandTotal.plus(report.grossSales))) return 'grand_total_differs';
  if (!report.expectedCash.equals(expectedCash(report))) return 'drawer_differs';
  return undefined;
}

/** What should lie in the drawer: float + cash in − cash out + cash of sales − cash of refunds + cash paid on accounts + cash tips. */
export function expectedCash(
  report: Pick<SealedReport, 'openingFloat' | 'cashIn' | 'cashOut' | 'payments' | 'creditPayments' | 'tips'>,
): Decimal {
  const tendered = [...report.payments, ...report.creditPayments, ...report.tips].filter(({ method }) => method === 'cash');
  const drawer = report.openingFloat.plus(report.cashIn).minus(report.cashOut);
  return tendered.reduce((total, { amount }) => total.plus(amount), drawer);
}

function fixed(amount: Decimal): string {
  return amount.toFixed(4);
}

function taxLine({ rate, net, tax }: TaxTotal): [string, string] {
  return ['tax', `${fixed(rate)};${fixed(net)};${fixed(tax)}`];
}

function tenderLines(name: string, tenders: readonly TenderTotal[]): [string, string][] {
  return [...tenders]
    .sort((a, b) => (a.method < b.method ? -1 : 1))
    .map(({ method, count, amount }) => [name, `${method};${count};${fixed(amount)}`]);
}
