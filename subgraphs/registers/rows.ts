/** The rows of this domain's tables, as the database hands them out. Amounts are in the row's `currency`, moments in UTC. */
import { sql } from '../../kernel/db/database';
import { type Decimal } from '../../kernel/decimal';
import { type SessionFigures } from './figures';

export interface RegisterRow {
  id: string;
  organizationId: string;
  branchId: string;
  name: string;
  code: string;
  active: boolean;
  /** Sales made offline are taken only where a registered device has signed them. */
  requiresDevice: boolean;
  currency: string;
  /** Of the printer's paper, in millimetres. */
  paperWidth: 58 | 80;
  lastZNumber: number;
  lastZHash: string | null;
  /** Gross sales of all closed sessions. */
  grandTotal: Decimal;
  createdAt: Date;
  updatedAt: Date;
}

export type SessionStatus = 'open' | 'closed';

export interface SessionRow extends SessionFigures {
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
  expectedCash: Decimal;
  countedCash: Decimal | null;
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
export const SESSION_COLUMNS = sql`s.*, r.name as register_name`;

export const SESSION_TABLES = sql`register_sessions s join registers r on r.id = s.register_id`;
