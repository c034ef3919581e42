/**
 * Deletion of rows that have served their purpose. Each domain names its tables in a list of rules (`retention` of its subgraph); the
 * settings of each organization say for how many days the rows stay. Ledgers, documents and the audit trail have no rule.
 */
import { snake } from './casing';
import type { Services } from './context';
import { empty, raw, sql, type Sql } from './db/database';

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

/** Rows of a table that go after some days. An index on the organization and the moment finds them. */
export interface RetentionRule {
  readonly table: string;
  readonly setting: RetentionSetting;
  /** The moment from which the days count; the table is `t`. Rows without a moment stay. */
  readonly since: Sql;
  /** A further condition. Optional. */
  readonly where?: Sql;
  /** Where the rows and the moment stand. Optional; defaults to the table alone. */
  readonly from?: Sql;
}

/** Rules for the tables of the kernel. The rows of an import's errors go first, so that a batch stays a batch. */
export const KERNEL_RETENTION: readonly RetentionRule[] = [
  {
    table: 'import_errors',
    setting: 'importsDays',
    since: sql`j.created_at`,
    from: sql`import_jobs j join import_errors t on t.organization_id = j.organization_id and t.job_id = j.id`,
    where: sql`j.status <> 'running'`,
  },
  {
    table: 'import_jobs',
    setting: 'importsDays',
    since: sql`t.created_at`,
    where: sql`t.status <> 'running' and not exists (select from import_errors e where e.job_id = t.id)`,
  },
];

/** Rows of a statement: short locks, and a checkpoint between two. */
const BATCH = 5_000;
/** Time of a round. The rest waits for the next one. */
const BUDGET_MS = 30_000;

/** The result of a round. */
export interface Pruning {
  /** Number of deleted rows by table. */
  readonly deleted: Readonly<Record<string, number>>;
  /** False if the time was over before the rows were. */
  readonly finished: boolean;
}

/**
 * Deletes the rows of all organizations that are past their days, in batches: one of each table in turn, so that a long backlog of one
 * does not keep the others waiting. Several processes may do so at the same time.
 */
export async function pruneRows(
  { database, clock }: Pick<Services, 'database' | 'clock'>,
  rules: readonly RetentionRule[],
  { budgetMs = BUDGET_MS, batch = BATCH } = {},
): Promise<Pruning> {
  const endMs = performance.now() + budgetMs;
  const now = clock.now();
  const deleted: Record<string, number> = {};
  let open = rules;
  while (open.length > 0 && performance.now() < endMs) {
    const unfinished: RetentionRule[] = [];
    for (const rule of open) {
      const count = await database.system.run(pruneStatement(rule, now, batch));
      deleted[rule.table] = (deleted[rule.table] ?? 0) + count;
      if (count === batch) unfinished.push(rule);
    }
    open = unfinished;
  }
  return { deleted, finished: open.length === 0 };
}

/** One batch of a rule, of all organizations. The order makes the planner read the index, whatever it expects of the days. */
export function pruneStatement(
  { table, setting, since, where, from = sql`${raw(table)} t` }: RetentionRule,
  now: Date,
  batch: number,
): Sql {
  const days = sql`coalesce(r.${raw(snake(setting))}, ${RETENTION_LIMITS[setting].default}::integer)`;
  return sql`
    delete from ${raw(table)} where ctid = any(array(
      select old.ctid from organizations o left join retention_settings r on r.organization_id = o.id
      cross join lateral (
        select t.ctid from ${from}
        where t.organization_id = o.id and ${since} < ${now}::timestamptz - make_interval(days => ${days})
          ${where ? sql`and ${where}` : empty}
        order by ${since} limit ${batch}
      ) old limit ${batch}))`;
}
