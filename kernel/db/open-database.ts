/** The implementation of database.ts: the pools of connections, one for each role of the database, and one for reports. */
import { LRUCache } from 'lru-cache';
import type { QueryArrayResult } from 'pg';
import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Tracing } from '../traces';
import { invariant } from '../errors';
import type {
  Database,
  PoolUse,
  Queryable,
  Sql,
  Streamable,
  Tenant,
  TransactionClient,
  TransactionScope,
} from './database';
import { explainFailure } from './pg-errors';
import { maySignIn, prepareLogins, type Logins } from './logins';
import type { OpenTransaction, Statement } from './open-transaction';
import { TenantPool } from './pool';
import { createPrismaClients, type PrismaClients } from './prisma';
import { readRows } from './pg-types';
import { LOOK_TIMEOUT_MS, Replica } from './replica';
import { withSnapshot } from './snapshot';

export interface DatabaseOptions {
  /** `postgresql://…`; with `?pgbouncer=true` nothing is kept on a connection between transactions. */
  url: string;
  /** The server for reports. Optional; defaults to the primary. */
  replica?: Config['replica'];
  /** Connections for the work of organizations; the platform's own work has additional ones. */
  poolSize: number;
  /** Maximum wait of a request for a connection, in milliseconds; 0 or omitted for that of the driver, 5 seconds. */
  maxWaitMs?: number;
  log: Logger;
  /** Traces of statements. Optional; defaults to none. */
  tracing?: Tracing | undefined;
}

/** No statement of a request takes longer, in milliseconds. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Reports and the platform's jobs. */
const LONG_TIMEOUT_MS = 120_000;
const STREAM_BATCH = 500;
/** Maximum number of organizations and vendors whose query functions are kept: a request then makes none of its own. */
const MAX_TENANTS = 10_000;

type Runner = (...statement: Statement) => Promise<QueryArrayResult>;

/** Builds the four query functions of an organization on the one function that runs a statement. */
function queryable(organizationId: string, run: Runner): Queryable {
  const many = async <Row>(query: Sql): Promise<Row[]> => readRows<Row>(await run(query.text, query.values));
  return {
    organizationId,
    many,
    maybeOne: async <Row>(query: Sql) => (await many<Row>(query))[0],
    async one<Row>(query: Sql): Promise<Row> {
      const row = (await many<Row>(query))[0];
      invariant(row !== undefined, `a row was expected from: ${query.text.trim().slice(0, 200)}`);
      return row;
    },
    run: async (query) => (await run(query.text, query.values)).rowCount ?? 0,
  };
}

/** Keeps what is made for an organization or a vendor: the functions have no state of a request. */
function perTenant<Made extends object>(
  make: (tenant: Tenant) => Made,
): (organizationId?: string, vendorId?: string) => Made {
  const made = new LRUCache<string, Made>({ max: MAX_TENANTS });
  return (organizationId = '', vendorId) => {
    const key = vendorId === undefined ? organizationId : `${organizationId}/${vendorId}`;
    const known = made.get(key);
    if (known) return known;
    const fresh = make({ organizationId, vendorId });
    made.set(key, fresh);
    return fresh;
  };
}

/** Statements of an organization, a vendor or the platform outside transactions. */
function boundTo(pool: TenantPool, tenant: Tenant): Queryable & Streamable {
  return {
    ...queryable(tenant.organizationId, (text, values) => pool.runFor(tenant, text, values)),
    stream: (query, batchSize = STREAM_BATCH) => streamRows(pool, tenant, query, batchSize),
  };
}

/**
 * Reads through a server-side cursor: a slow reader slows down the server instead of filling the memory, and an
 * early exit ends the transaction.
 */
async function* streamRows<Row>(
  pool: TenantPool,
  tenant: Tenant,
  query: Sql,
  batchSize: number,
): AsyncGenerator<Row[]> {
  invariant(Number.isInteger(batchSize) && batchSize > 0, 'a batch has one row at least');
  const session = await pool.openTransaction(tenant);
  try {
    // The idle timeout for forgotten transactions must not end a slow download.
    await session.execute(`set local idle_in_transaction_session_timeout = '10min'`, []);
    await session.execute(`declare rows no scroll cursor for ${query.text}`, query.values);
    for (;;) {
      const rows = readRows<Row>(await session.execute(`fetch ${batchSize} from rows`, []));
      if (rows.length > 0) yield rows;
      if (rows.length < batchSize) return;
    }
  } catch (error) {
    throw explainFailure(error);
  } finally {
    // Nothing was written, so there is nothing to commit; an early exit also ends here.
    await session.rollBack();
  }
}

/**
 * Opens the pools, after determining how to sign in. Later the server may be unreachable: connections are made
 * when needed.
 * The migrations must have been applied: they create the roles of the connections.
 * @throws PosProError UNAVAILABLE if the server is unreachable; MightyRoleError.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, log } = options;
  const logins = await prepareLogins(url, log);
  const { app, vendors, system, reports } = openPools(options, logins);
  const platform = boundTo(system, { organizationId: '' });
  const onReplica = await openReplica(options, logins, platform);
  const prisma = createPrismaClients();
  const poolOf = ({ vendorId }: Tenant, ofOrganizations = app) =>
    vendorId === undefined ? ofOrganizations : vendors;
  const database: Database = {
    forOrganization: perTenant((tenant) => boundTo(poolOf(tenant), tenant)),
    replicaForOrganization: perTenant((tenant) => {
      const onPrimary = boundTo(poolOf(tenant, reports), tenant);
      return onReplica && tenant.vendorId === undefined
        ? { ...onPrimary, ...readsFor(tenant, onReplica, reports) }
        : onPrimary;
    }),
    replica: onReplica?.replica,
    prismaFor: perTenant((tenant) =>
      prisma.reader({ run: (...statement) => poolOf(tenant).runFor(tenant, ...statement) }),
    ),
    system: platform,
    async begin(scope, work) {
      try {
        return await poolOf(scope).transaction(scope, (connection) =>
          work(inTransaction(scope, connection, prisma)),
        );
      } finally {
        // Whether a commit without an answer was executed is unknown.
        await onReplica?.replica.noteWrite(scope.organizationId);
      }
    },
    snapshot: (work) => withSnapshot({ url, logins }, work),
    connections: () => ({
      app: useOf(app),
      vendors: useOf(vendors),
      system: useOf(system),
      reports: useOf(reports),
      ...(onReplica && { replica: useOf(onReplica.pool) }),
    }),
    async close() {
      await prisma.close();
      await onReplica?.replica.close();
      await Promise.all([app, vendors, system, reports].map((pool) => pool.close()));
    },
  };
  return database;
}

/** The pools of the primary, one for each role, and one for reports. */
function openPools({ url, poolSize, log, ...options }: DatabaseOptions, logins: Logins) {
  const systemSize = Math.max(2, Math.ceil(poolSize / 3));
  const base = { url, logins, log, tracing: options.tracing };
  const maxWaitMs = options.maxWaitMs === 0 ? undefined : options.maxWaitMs;
  const app = new TenantPool({
    ...base,
    role: 'pospro_app',
    size: poolSize,
    statementTimeout: REQUEST_TIMEOUT_MS,
    plansOnce: true,
    maxWaitMs,
  });
  // Without users of vendors it has no connections.
  const vendors = new TenantPool({
    ...base,
    role: 'pospro_vendor',
    size: systemSize,
    statementTimeout: REQUEST_TIMEOUT_MS,
    maxWaitMs,
  });
  const system = new TenantPool({
    ...base,
    role: 'pospro_system',
    size: systemSize,
    statementTimeout: LONG_TIMEOUT_MS,
  });
  const reports = new TenantPool({
    ...base,
    role: 'pospro_app',
    size: systemSize,
    statementTimeout: LONG_TIMEOUT_MS,
    withoutWorkers: true,
  });
  return { app, vendors, system, reports };
}

interface ReadsOnReplica {
  readonly replica: Replica;
  readonly pool: TenantPool;
}

async function openReplica(
  { replica: server, poolSize, log, tracing }: DatabaseOptions,
  logins: Logins,
  primary: Queryable,
): Promise<ReadsOnReplica | undefined> {
  if (!server) return undefined;
  const base = {
    ...(await replicaOf(server.url, logins, log)),
    log,
    tracing,
    role: 'pospro_app',
    maxWaitMs: LOOK_TIMEOUT_MS,
    connectTimeoutMs: LOOK_TIMEOUT_MS,
    attempts: 1,
  } as const;
  const pool = new TenantPool({
    ...base,
    size: Math.max(2, Math.ceil(poolSize / 3)),
    statementTimeout: LONG_TIMEOUT_MS,
    withoutWorkers: true,
  });
  const looks = new TenantPool({ ...base, size: 1, statementTimeout: LOOK_TIMEOUT_MS });
  const replica = await Replica.open({ reads: pool, looks, primary, maxLagMs: server.maxLagMs, log });
  return { replica, pool };
}

/** Statements of an organization on the replica, or where that does not serve, on the primary. */
function readsFor(tenant: Tenant, { replica, pool }: ReadsOnReplica, primary: TenantPool): Queryable {
  return queryable(tenant.organizationId, (...statement) =>
    replica.read(
      tenant.organizationId,
      () => pool.runFor(tenant, ...statement),
      () => primary.runFor(tenant, ...statement),
    ),
  );
}

/** A replica has the primary's roles and passwords, but a pooler before it may not know them. */
async function replicaOf(url: string, logins: Logins, log: Logger): Promise<{ url: string; logins: Logins }> {
  const own = logins.own && (await maySignIn(url, 'pospro_app', logins.password));
  if (logins.own && !own)
    log.warn('the database roles cannot sign in at the replica: working under "set role" there');
  return { url, logins: { ...logins, own } };
}

function useOf({ totalCount, idleCount, waitingCount, longestWaitMs, options }: TenantPool): PoolUse {
  const busy = totalCount - idleCount;
  return { size: options.max, busy, idle: idleCount, waiting: waitingCount, longestWaitMs };
}

function inTransaction(
  { organizationId }: TransactionScope,
  connection: OpenTransaction,
  prisma: PrismaClients,
): TransactionClient {
  const run: Runner = (...statement) => connection.execute(...statement);
  return {
    ...queryable(organizationId, run),
    prisma: prisma.writer({ run, transaction: connection }),
    opening: connection.opening?.then((result) => readRows(result)),
    send: (query) => connection.send(query.text, query.values),
  };
}
