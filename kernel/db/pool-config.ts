import type { PoolConfig } from 'pg';
import type { Logger } from 'pino';
import { readDatabaseUrl } from './database-url';
import type { DatabaseRole, Logins } from './logins';
import type { Tracing } from '../traces';
import { tracedClient } from './traced-client';

export interface TenantPoolOptions {
  url: string;
  role: DatabaseRole;
  logins: Logins;
  size: number;
  log: Logger;
  /** Traces of statements. Optional; defaults to none. */
  tracing?: Tracing | undefined;
  /** Statement timeout, in milliseconds. */
  statementTimeout: number;
  /**
   * Whether to plan a prepared statement once, for any values. Statements of requests find rows by their keys, or by filters that are in
   * their texts, so that the values hardly matter, and planning would take longer than the work. Left to itself, PostgreSQL plans many of them
   * at every call: it takes the estimate for a list or an organization that it does not know for more expensive. Defaults to false.
   */
  plansOnce?: boolean;
  /**
   * Whether each statement runs in one process of the server. Reports read a few thousand stored rows: starting workers takes longer than
   * that, the more so while tills keep the processors busy, and the planner takes sums of days for large enough to start them. The top products
   * of 42 ended days of a shop with a million orders took 93 to 390 ms with workers, and 45 to 83 ms without. Defaults to false.
   */
  withoutWorkers?: boolean;
  /** Maximum wait for a busy connection, in milliseconds. Defaults to 5 seconds. */
  maxWaitMs?: number | undefined;
  /** Maximum wait for a new connection, in milliseconds. Defaults to 5 seconds. */
  connectTimeoutMs?: number;
  /** Time after which a connection that owes an answer is ended, in milliseconds. Defaults to the statement timeout and five seconds. */
  silenceMs?: number;
  /** Maximum number of attempts of a statement whose connection fails. Defaults to 3. */
  attempts?: number;
}

/** Maximum wait for a free connection, or for a new one. Longer queues only make an overload worse. */
export const CONNECT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 5_000;
/** A transaction idle for this long has lost its owner; it must not keep its locks, or block the relay, for ever. */
const IDLE_IN_TRANSACTION_MS = 15_000;

/** The options of the driver's pool, and the settings of a session as `name = value`. */
export interface ConnectionSettings {
  readonly config: PoolConfig;
  /**
   * Whether another client may get the server's connection after each transaction (PgBouncer): no state may
   * survive the transaction then.
   */
  readonly shared: boolean;
  readonly settings: readonly string[];
}

export function connectionSettings(options: TenantPoolOptions): ConnectionSettings {
  const { config, pgbouncer } = readDatabaseUrl(options.url);
  const session = {
    statement_timeout: options.statementTimeout,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    // Data is in memory or on a solid-state disk, where a page of an index costs hardly more than the next page of its table.
    random_page_cost: 1.1,
    // Prisma's adapter writes and reads moments without their zone.
    timezone: 'UTC',
    ...(options.withoutWorkers && { max_parallel_workers_per_gather: 0 }),
  };
  const { own, password } = options.logins;
  const pool: PoolConfig = {
    ...config,
    ...(own ? { user: options.role, password } : {}),
    max: options.size,
    ...(options.tracing && { Client: tracedClient(options.tracing) }),
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: config.application_name ?? 'pospro',
  };
  const settings = Object.entries(session).map(([name, value]) => `${name} = ${value}`);
  // PgBouncer rejects unknown start-up options, so everything is set inside each transaction instead.
  if (pgbouncer) return { config: pool, shared: true, settings };
  const role = own ? [] : [`role=${options.role}`];
  const startup = [
    ...role,
    ...(options.plansOnce ? ['plan_cache_mode=force_generic_plan'] : []),
    'app.organization_id=',
    ...settings.map((setting) => setting.replaceAll(' ', '')),
  ];
  const optionText = [config.options ?? '', ...startup.map((setting) => `-c ${setting}`)].join(' ').trim();
  // Statements sent without waiting go out together, and are answered in one round trip.
  return { config: { ...pool, options: optionText, pipeline: true }, shared: false, settings };
}
