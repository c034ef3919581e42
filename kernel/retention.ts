/**
 * The owner of each table: a rule deletes its rows once they have served their purpose, or a reason says why they stay. Each
 * domain declares both for its tables (`retention` of its subgraph); a test compares them with the tables of the database. Rules follow the
 * settings of each organization, or a fixed time. Ledgers, documents and the audit trail have no rule.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { snake } from './casing';
import type { Services } from './context';
import { empty, raw, sql, type Database, type Sql } from './db/database';
import { KEY_LIFETIME_MS } from './db/idempotency';

interface Limits {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/** The settings, with their bounds in days. A lower bound keeps what clients may still ask for. */
export const RETENTION_LIMITS = {
  sessionsDays: { default: 30, min: 1, max: 365 },
  recentScansDays: { default: 30, min: 1, max: 365 },
  importsDays: { default: 90, min: 7, max: 3_650 },
  approvalsDays: { default: 365, min: 30, max: 3_650 },
  // A till may send an offline sale again for as long as it keeps it.
  queuedSalesDays: { default: 365, min: 90, max: 3_650 },
  trainingSalesDays: { default: 30, min: 1, max: 365 },
  reservationsDays: { default: 90, min: 7, max: 3_650 },
  webhookDeliveriesDays: { default: 30, min: 1, max: 90 },
} as const satisfies Record<string, Limits>;

export type RetentionSetting = keyof typeof RETENTION_LIMITS;

/** A time that no organization sets. */
export interface FixedTime {
  readonly ms: number;
  /** Why it is neither shorter nor longer. */
  readonly because: string;
}

/** Rows of a table that are deleted after some time. An index finds them by the moment, after the organization where a setting applies. */
export interface RetentionRule {
  readonly table: string;
  /** The rows, and the moment from which the time counts. */
  readonly rows: string;
  readonly keep: RetentionSetting | FixedTime;
  /** That moment; the table is `t`. Rows without a moment stay. */
  readonly since: Sql;
  /** A further condition. Optional. */
  readonly where?: Sql;
  /** Where the rows and the moment stand. Optional; defaults to the table alone. */
  readonly from?: Sql;
  /** Columns of the deleted rows, and a statement in the same transaction that reads them from `gone`. Optional. */
  readonly also?: { readonly columns: Sql; readonly statement: Sql };
}

/** Tables without a rule, and the reason. */
export interface StayingTables {
  readonly because: string;
  readonly tables: readonly string[];
}

/** The tables of a domain: each has a rule that deletes its rows, or a reason why they stay. */
export interface Retention {
  readonly rules?: readonly RetentionRule[];
  readonly stay?: readonly StayingTables[];
}

/** Reasons that several domains have. */
export const STAYS = {
  records:
    'Records of the business and its ledgers: books, taxes and later questions of customers need them.',
  masterData: 'Master data: people delete it, or mark it as deleted because records refer to it.',
  settings: 'Settings: one row for each organization, branch or object that has its own.',
  totals: 'Running totals: a few rows a day and branch, from which reports and limits are read.',
} as const;

/** Time for which events can be read again with a cursor. */
export const EVENT_LIFETIME_MS = 7 * 24 * 3_600_000;

/** The tables of the kernel. The rows of an import's errors go first, so that a batch stays a batch. */
export const KERNEL_RETENTION: Retention = {
  rules: [
    {
      table: 'import_errors',
      rows: 'Errors of imports that have ended, from the start of the import',
      keep: 'importsDays',
      since: sql`j.created_at`,
      from: sql`import_jobs j join import_errors t on t.organization_id = j.organization_id and t.job_id = j.id`,
      where: sql`j.status <> 'running'`,
    },
    {
      table: 'import_jobs',
      rows: 'Imports that have ended, from their start',
      keep: 'importsDays',
      since: sql`t.created_at`,
      where: sql`t.status <> 'running' and not exists (select from import_errors e where e.job_id = t.id)`,
    },
    {
      table: 'idempotency_keys',
      rows: 'Stored answers, from the request',
      keep: {
        ms: KEY_LIFETIME_MS,
        because:
          'Longer than a client repeats a request. Sales are found by their client reference for ever.',
      },
      since: sql`t.created_at`,
    },
    {
      table: 'outbox_events',
      rows: 'Events, from their moment',
      keep: {
        ms: EVENT_LIFETIME_MS,
        because: 'A client that was offline for some days reads on; an older cursor gets `CURSOR_EXPIRED`.',
      },
      since: sql`t.at`,
      // A subscriber with a cursor before the deleted events must get an error.
      also: {
        columns: sql`organization_id, xid, sequence`,
        statement: sql`
          insert into outbox_floors as floor (organization_id, xid, sequence)
          select distinct on (organization_id) organization_id, xid, sequence from gone
          order by organization_id, xid desc, sequence desc
          on conflict (organization_id) do update set xid = excluded.xid, sequence = excluded.sequence
            where (floor.xid, floor.sequence) < (excluded.xid, excluded.sequence)`,
      },
    },
  ],
  stay: [
    {
      because: 'The audit trail: its hash chain proves that nothing was deleted.',
      tables: ['audit_entries', 'audit_changes', 'audit_seals', 'audit_heads'],
    },
    { because: 'The sealer deletes a row when it seals the entry.', tables: ['audit_pending'] },
    { because: 'One row for each organization: its last deleted event.', tables: ['outbox_floors'] },
    { because: 'One row for each sequence of numbers, which must not start again.', tables: ['counters'] },
    { because: STAYS.settings, tables: ['feature_settings'] },
    { because: 'One row for each migration of the database.', tables: ['_prisma_migrations'] },
    { because: 'One row: the key of the connections.', tables: ['tenant_key'] },
  ],
};

/** Rows of a statement: short locks, and a checkpoint between two. */
const BATCH = 5_000;
/** Time of a round. The rest follows in the next one, a minute later. */
const BUDGET_MS = 300_000;
/** Pause while requests wait for a connection to the database. */
const BUSY_PAUSE_MS = 500;

/** The result of a round. */
export interface Pruning {
  /** Number of deleted rows by table. */
  readonly deleted: Readonly<Record<string, number>>;
  /** False if the time was over before the rows were. */
  readonly finished: boolean;
}

export interface PruneOptions {
  readonly budgetMs?: number;
  readonly batch?: number;
  /** Ends the round after the batch in progress. */
  readonly signal?: AbortSignal;
}

const deletedRows = new WeakMap<Database, Record<string, number>>();

/** Number of rows of each table that this process has deleted. */
export function deletedRowCounts(database: Database): Readonly<Record<string, number>> {
  return deletedRows.get(database) ?? {};
}

/**
 * Deletes the rows of all organizations that are past their time, in batches, until none is left: one batch of each table in turn, so that
 * a long backlog of one does not keep the others waiting. Each batch is a transaction. After it comes a pause as long as the batch took, so
 * that requests have the database for half of the time at least. Several processes may do so at the same time: each skips the rows that the
 * others have locked. A rule that fails is logged, and tried again in the next round.
 */
export async function pruneRows(
  { database, clock, log }: Pick<Services, 'database' | 'clock' | 'log'>,
  rules: readonly RetentionRule[],
  { budgetMs = BUDGET_MS, batch = BATCH, signal }: PruneOptions = {},
): Promise<Pruning> {
  const endMs = performance.now() + budgetMs;
  const now = clock.now();
  const deleted: Record<string, number> = {};
  const totals = deletedRows.get(database) ?? {};
  deletedRows.set(database, totals);
  let open = rules;
  while (open.length > 0 && !signal?.aborted && performance.now() < endMs) {
    const unfinished: RetentionRule[] = [];
    for (const rule of open) {
      if (signal?.aborted) break;
      const start = performance.now();
      const count = await pruneBatch(database, rule, pruneStatement(rule, now, batch), log);
      deleted[rule.table] = (deleted[rule.table] ?? 0) + count;
      totals[rule.table] = (totals[rule.table] ?? 0) + count;
      if (count === batch) unfinished.push(rule);
      await pauseAfter(database, performance.now() - start, signal);
    }
    open = unfinished;
  }
  return { deleted, finished: open.length === 0 };
}

async function pruneBatch(
  database: Database,
  { table }: RetentionRule,
  statement: Sql,
  log: Services['log'],
): Promise<number> {
  try {
    return await database.system.run(statement);
  } catch (error) {
    log.warn({ err: error, table }, 'old rows of a table were not deleted; it is tried again');
    return 0;
  }
}

async function pauseAfter(
  database: Database,
  tookMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isBusy = Object.values(database.connections()).some(({ waiting }) => waiting > 0);
  const pauseMs = isBusy ? Math.max(tookMs, BUSY_PAUSE_MS) : tookMs;
  // An abort ends the pause.
  await sleep(pauseMs, undefined, { ref: false, ...(signal ? { signal } : {}) }).catch(() => undefined);
}

/** One batch of a rule, of all organizations. The order makes the planner read the index, whatever it expects of the time. */
export function pruneStatement(rule: RetentionRule, now: Date, batch: number): Sql {
  const { table, also } = rule;
  const gone = sql`delete from ${raw(table)} where ctid = any(array(${oldRows(rule, now, batch)}))`;
  return also
    ? sql`with gone as (${gone} returning ${also.columns}), also as (${also.statement}) select from gone`
    : gone;
}

/** The rows' places. They are locked first: a row that another transaction is changing is not old, or is not waited for. */
function oldRows(
  { table, keep, since, where, from = sql`${raw(table)} t` }: RetentionRule,
  now: Date,
  batch: number,
): Sql {
  const further = where ? sql`and ${where}` : empty;
  const inOrder = sql`order by ${since} limit ${batch} for update of t skip locked`;
  if (typeof keep !== 'string') {
    const before = new Date(now.getTime() - keep.ms);
    return sql`select t.ctid from ${from} where ${since} < ${before}::timestamptz ${further} ${inOrder}`;
  }
  const days = sql`coalesce(r.${raw(snake(keep))}, ${RETENTION_LIMITS[keep].default}::integer)`;
  return sql`
    select old.ctid from organizations o left join retention_settings r on r.organization_id = o.id
    cross join lateral (
      select t.ctid from ${from}
      where t.organization_id = o.id and ${since} < ${now}::timestamptz - make_interval(days => ${days}) ${further} ${inOrder}
    ) old limit ${batch}`;
}
