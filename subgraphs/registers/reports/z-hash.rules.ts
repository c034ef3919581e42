/**
 * The seal of a Z-report: SHA-256 of a canonical text of the amounts and the previous report's hash.
 *
 * The canonical text, version 1, is UTF-8; each line is `name=value` and ends with a line feed. The lines are in the order of
 * `canonicalText` below and of the list in session-totals.rules.ts. An amount and a rate have exactly four decimals ("812.3500"), a time
 * is ISO 8601 in UTC with milliseconds, an absent value is empty. Each tax rate is a line `tax=rate;net;tax`, ascending by rate; each
 * tender a line `payment=method;count;amount`, each payment on account a line `credit_payment=method;count;amount`, each tip a line
 * `tip=method;count;amount`, ascending by the method's bytes. If sales were voided, a line `voids=count;amount` follows the
 * rounding; then, likewise, `payment_differences=amount` if offline sales were paid with other amounts than their
 * totals, `conflicts=count;amount` if conflicts of such sales are unacknowledged, and `gift_card_sales=amount` if gift cards were
 * sold or their sales refunded. So anyone can verify the hash from a printed report
 * and the previous one, without PosPro.
 */
import { createHash } from 'node:crypto';
import { type Decimal } from '#kernel/decimal';
import { figureLines, fixed, type SessionParts } from './session-totals.rules';
import type { RegisterChainError } from '../inputs.generated';
import type { ZReportRow } from '../tables.generated';

/** A sealed Z-report, as stored. */
export type ChainedReport = Omit<ZReportRow, 'id' | keyof SessionParts> & SessionParts;

/** The values that a Z-report seals. */
export type SealedReport = Omit<ChainedReport, 'hash'>;

/** The canonical text of a report. */
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
    ...figureLines(report),
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
  return createHash('sha256').update(canonicalText(report)).digest('hex');
}

/** The number, hash and grand total of the previous report, which the next one must continue. */
export interface ChainHead {
  number: number;
  hash: string | null;
  grandTotal: Decimal;
}

/** The reason why a report does not continue the chain. */
export type ChainError = Exclude<RegisterChainError, 'report_missing'>;

/** The reason why a report does not continue the chain after `head`; undefined for a report in order. */
export function findChainError(head: ChainHead, report: ChainedReport): ChainError | undefined {
  if (report.number !== head.number + 1) return 'number_gap';
  if (hashReport(report) !== report.hash) return 'amounts_altered';
  if (report.previousHash !== head.hash) return 'previous_hash_differs';
  if (!report.grandTotal.equals(head.grandTotal.plus(report.grossSales))) return 'grand_total_differs';
  if (!report.expectedCash.equals(expectedCash(report))) return 'drawer_differs';
  return undefined;
}

/** The cash that should be in the drawer: float + cash in − cash out + cash of sales − cash of refunds + cash paid on accounts + cash tips. */
export function expectedCash(
  report: Pick<SealedReport, 'openingFloat' | 'cashIn' | 'cashOut' | 'payments' | 'creditPayments' | 'tips'>,
): Decimal {
  const cashTotals = [...report.payments, ...report.creditPayments, ...report.tips].filter(
    ({ method }) => method === 'cash',
  );
  const drawer = report.openingFloat.plus(report.cashIn).minus(report.cashOut);
  return cashTotals.reduce((total, { amount }) => total.plus(amount), drawer);
}
