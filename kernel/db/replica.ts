/**
 * A streaming replica of PostgreSQL, on which reports are read. It may lag, hang or go: then they are read on the primary, and no
 * request waits for it for longer than two looks take.
 *
 * A look asks the primary for the end of its log, then the replica how far it has replayed. Once the replica has replayed a position, it has
 * everything that was committed before the primary was asked for it: this compares no clocks, and an idle primary causes no lag. So the
 * replica has a caller's last write if it has replayed a position that was asked for after it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { PosProError } from '../errors';
import { inTime } from '../timeout';
import { sql, type Queryable, type ReplicaCounts, type ReplicaUse } from './database';
import { sqlState } from './pg-errors';
import type { TenantPool } from './pool';
import { OwnWriteMarks, type SharedWriteMarks } from './write-marks';

const LOOK_EVERY_MS = 500;
/** Longest time that a look waits for one of the servers. */
export const LOOK_TIMEOUT_MS = 1_000;
/** Maximum number of positions that the replica has not replayed yet: five minutes of looks. */
const MAX_POSITIONS = 600;
/** Marks are kept for longer than a replica in use may lag. */
const MARK_MARGIN_MS = 5_000;
/** Size of a page of the log, and of the longest header that a page begins with. */
const PAGE_BYTES = 8_192;
const MAX_HEADER_BYTES = 40;

/** A moment, and the end of the primary's log after it. */
interface Position {
  readonly bytes: number;
  readonly at: number;
  /** The moment on the clock that processes share; undefined if it is not known. */
  readonly sharedAt: number | undefined;
}

export interface ReplicaOptions {
  /** Connections for reports, and one for the looks, to the replica. */
  readonly reads: TenantPool;
  readonly looks: TenantPool;
  readonly primary: Queryable;
  /** A replica that lags by more is not used. */
  readonly maxLagMs: number;
  readonly log: Logger;
}

type Condition = 'ok' | 'lags' | 'gone';

export class Replica implements ReplicaUse {
  private readonly own: OwnWriteMarks;
  private shared: SharedWriteMarks | undefined;
  private reachable = false;
  /** Positions that the replica has not replayed, the oldest first. */
  private waiting: Position[] = [];
  /** The last position that it has replayed. */
  private replayed: Position | undefined;
  private readonly reads = { replica: 0, primary: 0 };
  private failures = 0;
  private logged: Condition | undefined;
  private readonly closing = new AbortController();
  private watching: Promise<void> | undefined;

  private constructor(private readonly options: ReplicaOptions) {
    this.own = new OwnWriteMarks(this.keepMarksMs);
  }

  /** Looks for the first time. An unreachable replica does not keep a platform from starting. */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const replica = new Replica(options);
    await replica.look();
    replica.watching = replica.watch();
    return replica;
  }

  get keepMarksMs(): number {
    return this.options.maxLagMs + MARK_MARGIN_MS;
  }

  shareMarks(marks: SharedWriteMarks): void {
    this.shared = marks;
  }

  /** Marks that a transaction of an organization has ended; its answer waits for this. */
  async noteWrite(organizationId: string): Promise<void> {
    this.own.mark(organizationId);
    await this.shared?.mark(organizationId).catch(() => undefined);
  }

  noteEvent(organizationId: string): void {
    this.own.mark(organizationId);
  }

  /** Reads on the replica if it is in use and has the organization's last write, otherwise on the primary. */
  async read<Result>(
    organizationId: string,
    onReplica: () => Promise<Result>,
    onPrimary: () => Promise<Result>,
  ): Promise<Result> {
    if (await this.mayServe(organizationId)) {
      try {
        const result = await onReplica();
        this.reads.replica += 1;
        return result;
      } catch (error) {
        // The primary would need as long again.
        if (isTimeout(error)) throw error;
        // Its connection broke, its replay ended the statement, it lacks a table of a new version. An error of the statement itself comes back.
        this.failures += 1;
        this.options.log.debug({ err: error }, 'a report failed on the replica: reading on the primary');
      }
    }
    this.reads.primary += 1;
    return onPrimary();
  }

  check(): Promise<void> {
    return this.condition === 'ok'
      ? Promise.resolve()
      : Promise.reject(new Error(`the replica: ${this.condition}`));
  }

  counts(): ReplicaCounts {
    const { reads, failures, lagMs } = this;
    const lagSeconds = lagMs === undefined ? undefined : Math.round(lagMs) / 1000;
    return { usable: this.condition === 'ok', lagSeconds, reads: { ...reads }, failures };
  }

  async close(): Promise<void> {
    const { reads, looks } = this.options;
    this.closing.abort();
    await this.watching;
    if (!this.reachable) for (const pool of [reads, looks]) pool.breakConnections();
    await Promise.all([reads.close(), looks.close()]);
  }

  /** Time since the last moment of which the replica has everything. */
  private get lagMs(): number | undefined {
    return this.replayed && performance.now() - this.replayed.at;
  }

  private get condition(): Condition {
    if (!this.reachable) return 'gone';
    return this.lagMs !== undefined && this.lagMs <= this.options.maxLagMs ? 'ok' : 'lags';
  }

  private async mayServe(organizationId: string): Promise<boolean> {
    if (this.condition !== 'ok') return false;
    if (!includes(this.replayed?.at, this.own.latest(organizationId))) return false;
    if (!this.shared) return true;
    try {
      return includes(this.replayed?.sharedAt, await this.shared.latest(organizationId));
    } catch {
      // The last write of other processes is not known; the primary has it.
      return false;
    }
  }

  private async watch(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.look();
    }
  }

  private async look(): Promise<void> {
    await this.lookAtPrimary();
    try {
      const bytes = await inTime(this.replayedBytes(), LOOK_TIMEOUT_MS);
      this.reachable = true;
      while (this.waiting[0] && this.waiting[0].bytes <= bytes) this.replayed = this.waiting.shift();
      this.say();
    } catch (error) {
      this.reachable = false;
      // Reports that wait for an answer of a server that hangs go on to the primary.
      for (const pool of [this.options.reads, this.options.looks]) pool.breakConnections();
      this.say(error);
    }
  }

  private async lookAtPrimary(): Promise<void> {
    const at = performance.now();
    const sharedAt = await this.shared?.now().catch(() => undefined);
    const query = sql`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes`;
    try {
      const { bytes } = await inTime(this.options.primary.one<{ bytes: number }>(query), LOOK_TIMEOUT_MS);
      this.waiting.push({ bytes: withoutHeader(bytes), at, sharedAt });
      // Without the oldest ones the lag seems longer than it is, and the replica is used later.
      if (this.waiting.length > MAX_POSITIONS) this.waiting.shift();
    } catch (error) {
      // Health says so for the primary itself. Without new positions the replica counts as lagging after a while.
      this.options.log.debug({ err: error }, 'the end of the log of the primary is not known');
    }
  }

  private async replayedBytes(): Promise<number> {
    const { rows } = await this.options.looks.runFor(
      { organizationId: '' },
      `select pg_is_in_recovery(), pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::float8`,
      [],
    );
    const [isReplica, bytes] = rows[0] as [boolean, number | null];
    // After a promotion it has a history of its own.
    if (!isReplica || bytes === null) throw new Error('DATABASE_REPLICA_URL is not a streaming replica');
    return bytes;
  }

  /** One line for each change. */
  private say(error?: unknown): void {
    const { condition, logged } = this;
    const { log } = this.options;
    this.logged = condition;
    if (condition === logged) return;
    const { lagSeconds } = this.counts();
    if (condition === 'gone')
      log.warn({ reason: reasonOf(error) }, 'the replica is gone: reports are read on the primary');
    else if (condition === 'lags')
      log.warn({ lagSeconds }, 'the replica lags too much: reports are read on the primary');
    else if (logged !== undefined) log.info({ lagSeconds }, 'the replica is back: reports are read there');
  }
}

/** Whether a replica that has everything until a moment has a write. */
function includes(until: number | undefined, write: number | undefined): boolean {
  return write === undefined || (until !== undefined && write <= until);
}

/** At the beginning of a page the primary names the end of the page's header, the replica the end of the page before. */
function withoutHeader(bytes: number): number {
  const intoPage = bytes % PAGE_BYTES;
  return intoPage <= MAX_HEADER_BYTES ? bytes - intoPage : bytes;
}

function isTimeout(error: unknown): boolean {
  return sqlState(error instanceof PosProError ? error.cause : error) === '57014';
}

function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  return cause instanceof Error ? cause.message : error instanceof Error ? error.message : String(error);
}
