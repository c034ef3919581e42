/**
 * The contract between operations and PostgreSQL. The pool behind it is in pool.ts, transactions in transact.ts.
 *
 * Rows come back with camelCase keys; NUMERIC is a Decimal, timestamptz a Date, date a "YYYY-MM-DD" string,
 * bigint a number,
 * jsonb parsed. So a row has the shape of the Prisma model of its table, and the model's type can be used for it.
 */
import type { Client } from 'pg';
import type { Sql } from 'sql-template-tag';
import type { PrismaReader, PrismaWriter } from './prisma';
import type { SharedWriteMarks } from './write-marks';

export { default as sql, empty, join, raw, type Sql } from 'sql-template-tag';

export interface Queryable {
  /** The organization that the statements are bound to; "" for the platform itself. */
  readonly organizationId: string;
  /** All rows. */
  many<Row>(query: Sql): Promise<Row[]>;
  /** The first row, or undefined. */
  maybeOne<Row>(query: Sql): Promise<Row | undefined>;
  /** The row that must exist; its absence is a bug (INTERNAL). */
  one<Row>(query: Sql): Promise<Row>;
  /** Runs a statement. @returns the number of affected rows. */
  run(query: Sql): Promise<number>;
}

/** Rows of a large result, a batch at a time, from a server-side cursor: memory stays bounded whatever the size. */
export interface Streamable {
  stream<Row>(query: Sql, batchSize?: number): AsyncIterable<Row[]>;
}

/**
 * A record that something happened. Written with the work itself and relayed to subscribers in commit order, at
 * least once.
 */
export interface DomainEvent {
  /** For example "stock.changed"; the part before the dot is the owning domain's noun. */
  type: string;
  /** The branch it concerns, for filtering; undefined if it concerns all. */
  branchId?: string | undefined;
  /** The subject, usually an id: subscribers that only need the newest event keep one per key. */
  key: string;
  payload: Record<string, unknown>;
}

/** An event with the id under which it is stored and published. */
export interface IdentifiedEvent extends DomainEvent {
  readonly id: string;
}

/** The interface for the statements of a transaction. */
export interface TransactionClient extends Queryable {
  readonly prisma: PrismaWriter;
  /** The rows of the statement that was sent with BEGIN; undefined without one. */
  readonly opening: Promise<unknown[]> | undefined;
  /** See `Transaction`. */
  readonly send: (query: Sql) => void;
}

export interface Transaction extends Queryable {
  /** Reads and writes plain rows on the transaction's own connection. */
  readonly prisma: PrismaWriter;
  /** The transaction's own moment (the context's clock), the same for every row it writes. */
  readonly now: Date;
  /**
   * Sends a statement whose answer is not needed, without waiting: it goes out with the next one. If it fails, the
   * next statement or the commit fails with its error.
   */
  readonly send: (query: Sql) => void;
  /** Appends an event to the outbox; all of a transaction's events are written in one statement before the commit. */
  emit(event: DomainEvent): void;
  /** Registers work in this process's memory for the time after the commit; without a commit it is not done. */
  afterCommit(work: () => void): void;
  /** The versions of the request's `If-Match`; see `assertVersion`. */
  readonly ifMatch: readonly number[] | undefined;
  /** Whether the caller has one of the scopes: an error shows a stock level or a balance only to callers who may read it. */
  mayAccess(scopes: readonly string[]): boolean;
}

/** The rows that statements may see: those of an organization, or of one of its vendors. */
export interface Tenant {
  /** "" for none: then no rows are visible. */
  readonly organizationId: string;
  /** The vendor, for a vendor's user. */
  readonly vendorId?: string | undefined;
}

/** The organization and the caller of a transaction. */
export interface TransactionScope extends Tenant {
  /** The audit entry of its changes, if any. */
  readonly entryId?: string | undefined;
  /** A read that is sent with BEGIN; see `opening`. */
  readonly opening?: Sql | undefined;
}

/** Connections of one pool, and requests that wait for one. */
export interface PoolUse {
  /** Maximum number of connections. */
  readonly size: number;
  readonly busy: number;
  readonly idle: number;
  readonly waiting: number;
  /** Time that the first one in the queue has waited, in milliseconds; 0 if none waits. */
  readonly longestWaitMs: number;
}

export interface ReplicaCounts {
  /** Whether reports of organizations that have not written lately are read there. */
  readonly usable: boolean;
  /** Undefined before the first look that found a position replayed. */
  readonly lagSeconds: number | undefined;
  /** Statements of reports since the start, by the server that has answered. */
  readonly reads: Readonly<Record<'replica' | 'primary', number>>;
  /** Statements that failed on the replica, and were repeated on the primary. */
  readonly failures: number;
}

/** The replica, as the other parts of a process see it. */
export interface ReplicaUse {
  /** Time for which marks of writes must be kept, in milliseconds. */
  readonly keepMarksMs: number;
  /** Has the last writes of other processes respected, too. */
  shareMarks(marks: SharedWriteMarks): void;
  /** Marks that an event of an organization is published: those who hear of it must find it in their reports. */
  noteEvent(organizationId: string): void;
  /** @throws Error if reports are not read there now. */
  check(): Promise<void>;
  counts(): ReplicaCounts;
}

export interface Database {
  /**
   * Autocommitted statements bound to one organization, and to one of its vendors if one is given; without an
   * organization, row-level security hides all rows.
   */
  forOrganization(organizationId: string | undefined, vendorId?: string): Queryable & Streamable;
  /**
   * The same for reports, on connections of their own: on the replica if one is configured and has the organization's last write. A vendor's
   * statements and streams are read on the primary.
   */
  replicaForOrganization(organizationId: string | undefined, vendorId?: string): Queryable & Streamable;
  /** Undefined without a replica. */
  readonly replica: ReplicaUse | undefined;
  /**
   * Prisma bound to one organization, and to one of its vendors if one is given, for plain reads; without an
   * organization, it finds nothing. Writes use `transact`.
   */
  prismaFor(organizationId: string | undefined, vendorId?: string): PrismaReader;
  /** Sees every organization. Only for the platform's own work: finding a login, relaying events, jobs, health. */
  readonly system: Queryable & Streamable;
  /**
   * Runs work on a connection of its own, which sees every organization in one read-only snapshot and has no limits of time. For backups.
   * @throws PosProError UNAVAILABLE if the server is unreachable.
   */
  snapshot<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  /** The current use of connections, by pool; for metrics. */
  connections(): Readonly<Record<string, PoolUse>>;
  /** @internal used by transact.ts */
  begin<Result>(
    scope: TransactionScope,
    work: (client: TransactionClient) => Promise<Result>,
  ): Promise<Result>;
  close(): Promise<void>;
}
