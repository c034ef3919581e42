/** The rows of this domain as operations hand them on. Amounts are in the row's `currency`, moments in UTC. */
import { sql } from '#kernel/db/database';
import {
  registerSessions,
  type CashMovementRow as StoredMovement,
  type RegisterSessionRow,
} from './tables.generated';

export type { RegisterRow } from './tables.generated';

/** A session with the name of its register. */
export interface SessionRow extends RegisterSessionRow {
  registerName: string;
}

export type SessionStatus = SessionRow['status'];

/** A cash movement with the currency of its session. */
export interface CashMovementRow extends StoredMovement {
  currency: string;
}

export type CashMovementKind = CashMovementRow['kind'];

/** The columns of a SessionRow; `s` is register_sessions, `r` its register. */
export const SESSION_COLUMNS = sql`${registerSessions.select('s')}, r.name as register_name`;

export const SESSION_TABLES = sql`register_sessions s join registers r on r.id = s.register_id`;
