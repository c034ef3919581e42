import type { Decimal } from '#kernel/decimal';
import type { SessionRow } from '../model';
import type { SessionTotals } from './session-totals.queries';
import {
  toSessionFigures,
  type SessionFigures,
  type SessionParts,
  type TaxTotal,
  type TenderTotal,
} from './session-totals.rules';
import type { ChainedReport } from './z-hash.rules';

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

/** The totals of a session as a report without a number. */
export function toXReport({ registerGrandTotal, registerZHash, ...totals }: SessionTotals): RegisterReport {
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

/** A stored Z-report as a report. */
export function toZReport(report: ChainedReport & { registerName: string }): RegisterReport {
  return {
    kind: 'z',
    training: false,
    number: report.number,
    registerId: report.registerId,
    registerName: report.registerName,
    sessionId: report.sessionId,
    branchId: report.branchId,
    currency: report.currency,
    openedAt: report.openedAt,
    openedBy: report.openedBy,
    closedAt: report.closedAt,
    closedBy: report.closedBy,
    ...toSessionFigures(report),
    expectedCash: report.expectedCash,
    countedCash: report.countedCash,
    difference: report.difference,
    grandTotal: report.grandTotal,
    hash: report.hash,
    previousHash: report.previousHash,
  };
}

/** Totals as the graph shows them: with the currency of their amounts. */
export type TaxTotalView = TaxTotal & { currency: string };
export type PaymentTotalView = TenderTotal & { currency: string };
