/**
 * Connections. Each uses one of two roles: pospro_app, which row-level security binds to the organization set
 * on the connection, or pospro_system, which sees all rows. The organization is set when a connection is
 * checked out, and only if it differs; the database accepts it only with a proof.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type CustomTypesConfig, type PoolClient, type PoolConfig, type QueryArrayResult } from 'pg';
import type { Logger } from 'pino';
import { invariant } from '../errors';
import { isUuid } from '../ids';
import { type TransactionScope } from './database';
import { readDatabaseUrl } from './database-url';
import { explainFailure, isConnectionFailure, sqlState } from './pg-errors';
import { proofOf, type DatabaseRole, type Logins } from './logins';
import type { UnfinishedWrites } from './prisma-pool';
import { parameter, ROW_TYPES } from './pg-types';
import { statementName } from './prepared-statements';

/** A statement, and the parsers of its answer: by default those of rows, or Prisma's own. */
export type Statement = [text: string, values: unknown[], types?: CustomTypesConfig];

export interface TenantPoolOptions {
  url: string;
  role: DatabaseRole;
  logins: Logins;
  size: number;
  log: Logger;
  /** Statement timeout, in milliseconds. */
  statementTimeout: number;
}

/** Maximum wait for a free connection. Longer queues only make an overload worse. */
const CONNECT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 5_000;
const MAX_FAREWELL_MS = 2_000;
/** A transaction idle for this long has lost its owner; it must not keep its locks, or block the relay, for ever. */
const IDLE_IN_TRANSACTION_MS = 15_000;
const BEGIN = 'begin isolation level read committed';
/** The extended protocol accepts a single statement: an injection cannot add another one, such as `set`. */
const ONE_STATEMENT = 'extended';
const MAX_BEGIN_ATTEMPTS = 3;
/** Idempotent. */
const PLAIN_SELECT = /^\s*select\b/i;

/** The organization of a connection; undefined if unknown, as after a rollback. "" means no organization. */
const bound = new WeakMap<PoolClient, string | undefined>();

export class TenantPool extends Pool {
  /** The role to set; undefined if the connection has signed in as it. */
  private readonly role: DatabaseRole | undefined;
  private readonly tenantKey: Buffer;
  /**
   * Whether another client may get the server's connection after each transaction (PgBouncer): no state may
   * survive the transaction then.
   */
  private readonly shared: boolean;
  private readonly settings: readonly string[];

  constructor(options: TenantPoolOptions) {
    const { config, shared, settings } = poolConfig(options);
    super(config);
    this.role = options.logins.own ? undefined : options.role;
    this.tenantKey = options.logins.tenantKey;
    this.shared = shared;
    this.settings = settings;
    // Without listeners each of these would end the process when PostgreSQL stops. The pool reports idle
    // connections again, and attaches the whole connection to the error, including keys; so only the reason is
    // logged.
    this.on('error', () => undefined);
    this.on('connect', (client) => {
      client.on('error', (error) => {
        options.log.warn({ reason: error.message, code: sqlState(error) }, 'a database connection broke');
      });
    });
  }

  /**
   * Closes all connections, and waits until the server has closed them: the pool itself does not wait for that,
   * and a server stopped at that moment would break them. It does not wait for an unreachable server.
   */
  async close(): Promise<void> {
    let open = this.totalCount;
    const gone = new Promise<void>((resolve) => {
      if (open === 0) resolve();
      this.on('remove', () => {
        open -= 1;
        if (open <= 0) resolve();
      });
    });
    await this.end();
    await Promise.race([gone, sleep(MAX_FAREWELL_MS, undefined, { ref: false })]);
  }

  /**
   * Autocommitted: runs one statement for an organization. If a connection is dead, as after a restart of the
   * server, a plain SELECT is retried on another one.
   */
  async runFor(organizationId: string, ...statement: Statement): Promise<QueryArrayResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.runOnce(organizationId, statement);
      } catch (error) {
        if (attempt === 2 || !isConnectionFailure(error) || !PLAIN_SELECT.test(statement[0]))
          throw explainFailure(error);
      }
    }
  }

  private async runOnce(organizationId: string, statement: Statement): Promise<QueryArrayResult> {
    const client = await this.open();
    let broken: unknown;
    try {
      if (this.shared) return await this.runShared(client, organizationId, statement);
      await this.bind(client, organizationId);
      return await this.execute(client, ...statement);
    } catch (error) {
      broken = error;
      throw error;
    } finally {
      giveBack(client, broken);
    }
  }

  /** Runs work in one transaction: READ COMMITTED, committed when it completes, rolled back if it throws. */
  async transaction<Result>(
    scope: TransactionScope,
    work: (transaction: OpenTransaction) => Promise<Result>,
  ): Promise<Result> {
    const transaction = await this.openTransaction(scope);
    let result: Result;
    try {
      result = await work(transaction);
    } catch (error) {
      await transaction.rollBack();
      throw error;
    }
    await transaction.commit();
    return result;
  }

  /** Begins a transaction, which must be ended by exactly one of `commit` and `rollBack`. */
  async openTransaction(scope: TransactionScope): Promise<OpenTransaction> {
    const client = await this.begin(scope);
    bound.set(client, this.shared ? undefined : scope.organizationId);
    const sent: Promise<unknown>[] = [];
    let ended = false;
    const transaction: OpenTransaction = {
      unfinishedWrites: 0,
      execute: (...statement) => {
        // The connection may belong to another request by then, and waiting statements would be executed
        // outside the transaction.
        if (ended)
          return Promise.reject(new Error('The transaction has ended; this statement was not carried out.'));
        return this.execute(client, ...statement);
      },
      send: (...statement) => void sent.push(this.execute(client, ...statement)),
      async commit() {
        if (transaction.unfinishedWrites > 0) {
          await transaction.rollBack();
          throw new Error(
            'A write of Prisma has failed half-way or was not waited for; the transaction is rolled back.',
          );
        }
        ended = true;
        const outcomes = await Promise.allSettled([...sent, commitOn(client)]);
        // The first error is the cause: the server rejects all later statements, and rolls back on commit.
        const failed = outcomes.find((outcome) => outcome.status === 'rejected');
        if (failed) bound.delete(client);
        giveBack(client, failed?.reason);
        if (failed) throw failed.reason;
      },
      async rollBack() {
        ended = true;
        // A rollback also reverts the organization, if this transaction set it.
        bound.delete(client);
        // If the rollback cannot be sent, the connection is lost, and with it the transaction.
        const outcome = (await Promise.allSettled([...sent, client.query('rollback')])).at(-1);
        giveBack(client, outcome?.status === 'rejected' ? (outcome.reason ?? true) : undefined);
      },
    };
    return transaction;
  }

  private async begin(scope: TransactionScope): Promise<PoolClient> {
    for (let attempt = 1; ; attempt += 1) {
      const client = await this.open();
      try {
        // Sent together, unless something is in between.
        await Promise.all([client.query(this.beginText(scope)), this.bind(client, scope.organizationId)]);
        return client;
      } catch (error) {
        // It may have begun anyway, without its settings; then it ends with the connection.
        client.release(true);
        // Nothing has been done yet, so a dead idle connection is simply replaced.
        if (attempt === MAX_BEGIN_ATTEMPTS || !isConnectionFailure(error)) throw explainFailure(error);
      }
    }
  }

  private async open(): Promise<PoolClient> {
    try {
      return await super.connect();
    } catch (error) {
      throw explainFailure(error);
    }
  }

  private execute(
    client: PoolClient,
    ...[text, values, types = ROW_TYPES]: Statement
  ): Promise<QueryArrayResult> {
    // Prisma writes a different text for every length of a list: they would use up the names.
    const name = this.shared || types !== ROW_TYPES ? undefined : statementName(text);
    const how = { rowMode: 'array', types, queryMode: ONE_STATEMENT, ...(name ? { name } : {}) } as const;
    return client.query({ text, values: values.map(parameter), ...how });
  }

  /**
   * Sets the organization, which needs a proof. Both are parameters, because connections of the same role can
   * read each other's statement texts.
   */
  private async bind(client: PoolClient, organizationId: string): Promise<void> {
    if (!this.shared && bound.get(client) === organizationId) return;
    bound.delete(client);
    const values = [organizationId, proofOf(this.tenantKey, organizationId), this.shared];
    const name = this.shared ? undefined : 'bind_organization';
    const text = 'select pospro_bind($1, $2, $3) as organization';
    const { rows } = await client.query<{ organization: string }>({
      text,
      values,
      ...(name ? { name } : {}),
    });
    invariant(
      rows[0]?.organization === organizationId,
      'the database does not accept the proof of the organization',
    );
    bound.set(client, organizationId);
  }

  /** BEGIN and the settings of the transaction, in one round trip. */
  private beginText({ organizationId, entryId }: TransactionScope): string {
    invariant(organizationId === '' || isUuid(organizationId), 'an organization is named by a UUID');
    invariant(entryId === undefined || isUuid(entryId), 'an audit entry is named by a UUID');
    const settings = entryId === undefined ? [] : [`app.audit_entry = '${entryId}'`];
    if (this.shared) settings.push(...(this.role ? [`role = ${this.role}`] : []), ...this.settings);
    return [BEGIN, ...settings.map((setting) => `set local ${setting}`)].join('; ');
  }

  private async runShared(
    client: PoolClient,
    organizationId: string,
    statement: Statement,
  ): Promise<QueryArrayResult> {
    await client.query(this.beginText({ organizationId }));
    try {
      await this.bind(client, organizationId);
      const result = await this.execute(client, ...statement);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  }
}

/** A connection inside a transaction. */
export interface OpenTransaction extends UnfinishedWrites {
  execute(...statement: Statement): Promise<QueryArrayResult>;
  /**
   * Sends a statement without waiting for its answer; if it fails, so does the commit. Only the end of the
   * transaction may follow.
   */
  send(...statement: Statement): void;
  commit(): Promise<void>;
  /** Never throws: if the connection is broken, the server rolls back. */
  rollBack(): Promise<void>;
}

/** After a failed statement, PostgreSQL rolls back without an error. */
async function commitOn(client: PoolClient): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT')
    throw new Error('The transaction was rolled back: one of its statements had failed.');
}

/** An error that PostgreSQL itself reported leaves the connection usable. */
function onlyIfBroken(error: unknown): unknown {
  const severity = (error as { severity?: string } | undefined)?.severity;
  return severity === 'ERROR' ? undefined : error;
}

function giveBack(client: PoolClient, error: unknown): void {
  const broken = onlyIfBroken(error);
  client.release(broken instanceof Error ? broken : broken !== undefined);
}

function poolConfig(options: TenantPoolOptions): { config: PoolConfig; shared: boolean; settings: string[] } {
  const { config, pgbouncer } = readDatabaseUrl(options.url);
  const session = {
    statement_timeout: options.statementTimeout,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    // Prisma's adapter writes and reads moments without their zone.
    timezone: 'UTC',
  };
  const { own, password } = options.logins;
  const shared: PoolConfig = {
    ...config,
    ...(own ? { user: options.role, password } : {}),
    max: options.size,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: config.application_name ?? 'pospro',
  };
  const settings = Object.entries(session).map(([name, value]) => `${name} = ${value}`);
  // PgBouncer rejects unknown start-up options, so everything is set inside each transaction instead.
  if (pgbouncer) return { config: shared, shared: true, settings };
  const role = own ? [] : [`role=${options.role}`];
  const startup = [
    ...role,
    'app.organization_id=',
    ...settings.map((setting) => setting.replaceAll(' ', '')),
  ];
  const optionText = [config.options ?? '', ...startup.map((setting) => `-c ${setting}`)].join(' ').trim();
  // Statements sent without waiting go out together, and are answered in one round trip.
  return { config: { ...shared, options: optionText, pipeline: true }, shared: false, settings };
}
