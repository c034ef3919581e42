/** Rows that several topics share. Amounts are in the row's `currency`, times in UTC. */
import { sql } from '#kernel/db/database';
import {
  registerSessions,
  type CashMovementRow as StoredMovement,
  type RegisterSessionRow,
} from './tables.generated';

export type { RegisterRow } from './tables.generated';

/** A session with the name and the code of its register. */
export interface SessionRow extends RegisterSessionRow {
  registerName: string;
  registerCode: string;
}

/** A cash movement with the currency of its session. */
export interface CashMovementRow extends StoredMovement {
  currency: string;
}

/** The columns of a SessionRow; `s` is register_sessions, `r` its register. */
export const SESSION_COLUMNS = sql`${registerSessions.select('s')}, r.name as register_name, r.code as register_code`;

export const SESSION_TABLES = sql`register_sessions s join registers r on r.id = s.register_id`;
