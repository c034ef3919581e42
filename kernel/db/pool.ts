/**
 * Connections. Each works under one of two roles: pospro_app, which row-level security binds to the organization set on the
 * connection, or pospro_system, which sees all. The organization is set when a connection changes hands, and only if it differs;
 * with it comes a proof, without which the database does not take it.
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

/** A statement, and the parsers of its answer: those of rows, where Prisma brings none of its own. */
export type Statement = [text: string, values: unknown[], types?: CustomTypesConfig];

export interface TenantPoolOptions {
  url: string;
  role: DatabaseRole;
  logins: Logins;
  size: number;
  log: Logger;
  /** In milliseconds; a statement that takes longer is cancelled. */
  statementTimeout: number;
}

/** How long a call waits for a free connection. Longer queues only make an overload worse. */
const CONNECT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 5_000;
const MAX_FAREWELL_MS = 2_000;
/** A transaction that does nothing for so long has lost its owner; it must not hold its locks, nor the relay, for ever. */
const IDLE_IN_TRANSACTION_MS = 15_000;
const BEGIN = 'begin isolation level read committed';
/** The extended protocol takes a single statement: what were smuggled into one could not add another one, such as `set`. */
const ONE_STATEMENT = 'extended';
const MAX_BEGIN_ATTEMPTS = 3;
/** Asking twice does no harm. */
const PLAIN_SELECT = /^\s*select\b/i;

/** The organization a connection is bound to; undefined where that is not known, as after a rollback. "" is none at all. */
const bound = new WeakMap<PoolClient, string | undefined>();

export class TenantPool extends Pool {
  /** The role to take on; undefined where the connection has signed in as it. */
  private readonly role: DatabaseRole | undefined;
  private readonly tenantKey: Buffer;
  /** Whether another client may get the server's connection after each transaction (PgBouncer): nothing may outlive it then. */
  private readonly shared: boolean;
  private readonly settings: readonly string[];

  constructor(options: TenantPoolOptions) {
    const { config, shared, settings } = poolConfig(options);
    super(config);
    this.role = options.logins.own ? undefined : options.role;
    this.tenantKey = options.logins.tenantKey;
    this.shared = shared;
    this.settings = settings;
    // Without listeners each of these would end the process when PostgreSQL stops. The pool tells of idle connections once more, and
    // hangs the whole connection on the error, keys and all; so the log gets the reason alone.
    this.on('error', () => undefined);
    this.on('connect', (client) => {
      client.on('error', (error) => {
        options.log.warn({ reason: error.message, code: sqlState(error) }, 'a database connection broke');
      });
    });
  }

  /**
   * Ends all connections, and waits until the server has let go of them: the pool itself is done as soon as it has asked for it, and
   * a server that is stopped right then would break them off. One that cannot be reached any more is not waited for.
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
   * Autocommitted: runs one statement for an organization. Where a connection turns out to be dead, as after a restart of the
   * server, a plain SELECT is asked again on another one.
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

  /** Runs work in one transaction: READ COMMITTED, committed if it comes to an end, rolled back if it throws. */
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
        // The connection may be somebody else's by then, and what waited for its turn would be carried out for good.
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
        // The first failure is the cause: the server refuses all that follows it, and rolls back where it is told to commit.
        const failed = outcomes.find((outcome) => outcome.status === 'rejected');
        if (failed) bound.delete(client);
        giveBack(client, failed?.reason);
        if (failed) throw failed.reason;
      },
      async rollBack() {
        ended = true;
        // A rollback also takes back the organization, where this very transaction had set it.
        bound.delete(client);
        // If not even the rollback can be sent, the connection is gone, and with it the transaction.
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
        // Sent together, where nothing stands in between.
        await Promise.all([client.query(this.beginText(scope)), this.bind(client, scope.organizationId)]);
        return client;
      } catch (error) {
        // It may have begun all the same, without what must hold in it; then it ends with the connection.
        client.release(true);
        // Nothing has been done yet, so a connection that died while it lay idle is simply replaced.
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
    // Prisma writes every length of a list as a text of its own: they would use up the names.
    const name = this.shared || types !== ROW_TYPES ? undefined : statementName(text);
    const how = { rowMode: 'array', types, queryMode: ONE_STATEMENT, ...(name ? { name } : {}) } as const;
    return client.query({ text, values: values.map(parameter), ...how });
  }

  /**
   * Sets the organization, which takes a proof. Both are parameters, because everybody who has signed in as the same role can read the
   * texts that the other connections send.
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

  /** BEGIN and what must hold in the transaction, in one round trip. */
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
  /** Sends a statement without waiting for its answer; where it fails, so does the commit. Only the end of the transaction may follow. */
  send(...statement: Statement): void;
  commit(): Promise<void>;
  /** Never throws: where the connection is broken, the server rolls back by itself. */
  rollBack(): Promise<void>;
}

/** Where a statement had failed, PostgreSQL rolls back and calls that no error. */
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
  // PgBouncer refuses start-up options that it does not know, so everything is set inside each transaction instead.
  if (pgbouncer) return { config: shared, shared: true, settings };
  const role = own ? [] : [`role=${options.role}`];
  const startup = [
    ...role,
    'app.organization_id=',
    ...settings.map((setting) => setting.replaceAll(' ', '')),
  ];
  const optionText = [config.options ?? '', ...startup.map((setting) => `-c ${setting}`)].join(' ').trim();
  // What was sent without waiting goes out at once, and is answered in one round trip.
  return { config: { ...shared, options: optionText, pipeline: true }, shared: false, settings };
}
