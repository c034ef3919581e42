/** The rows of this domain's tables, as the database hands them out. Amounts are in the row's `currency`, moments in UTC. */
import { sql } from '../../kernel/db/database';
import { type Decimal } from '../../kernel/decimal';

export interface RegisterRow {
  id: string;
  organizationId: string;
  branchId: string;
  name: string;
  code: string;
  active: boolean;
  currency: string;
  lastZNumber: number;
  lastZHash: string | null;
  /** Gross sales of all closed sessions. */
  grandTotal: Decimal;
  createdAt: Date;
  updatedAt: Date;
}

export type SessionStatus = 'open' | 'closed';

export interface SessionRow {
  id: string;
  organizationId: string;
  registerId: string;
  registerName: string;
  branchId: string;
  status: SessionStatus;
  currency: string;
  openedAt: Date;
  /** The user; null where the platform itself opened it. */
  openedBy: string | null;
  /** Who works at the register at present. */
  cashierId: string | null;
  closedAt: Date | null;
  closedBy: string | null;
  openingFloat: Decimal;
  cashIn: Decimal;
  cashOut: Decimal;
  expectedCash: Decimal;
  countedCash: Decimal | null;
  salesCount: number;
  returnsCount: number;
  grossSales: Decimal;
  discounts: Decimal;
  refunds: Decimal;
  netSales: Decimal;
  rounding: Decimal;
  /** Of the returns, those that undid a sale of the same session. */
  voidsCount: number;
  /** Of the refunds, what those gave back. */
  voids: Decimal;
  /** For practice: nothing that is done in it counts. */
  training: boolean;
  /** What was counted at the close; decimals are texts here. */
  denominations: { value: string; count: number }[] | null;
  note: string | null;
}

export type CashMovementKind = 'cash_in' | 'cash_out';

export interface CashMovementRow {
  id: string;
  registerId: string;
  sessionId: string;
  kind: CashMovementKind;
  amount: Decimal;
  currency: string;
  reason: string;
  userId: string | null;
  /** What should lie in the drawer after it. */
  expectedCash: Decimal;
  createdAt: Date;
}

/** The columns of a SessionRow; `s` is register_sessions, `r` its register. */
export const SESSION_COLUMNS = sql`
  s.id, s.organization_id, s.register_id, r.name as register_name, s.branch_id, s.status, s.currency, s.opened_at, s.opened_by,
  s.cashier_id, s.closed_at, s.closed_by, s.opening_float, s.cash_in, s.cash_out, s.expected_cash, s.counted_cash, s.sales_count,
  s.returns_count, s.gross_sales, s.discounts, s.refunds, s.net_sales, s.rounding,
  s.voids_count, s.voids, s.training, s.denominations, s.note`;

export const SESSION_TABLES = sql`register_sessions s join registers r on r.id = s.register_id`;
