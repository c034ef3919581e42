/**
 * Connections. Each uses one of three roles: pospro_app, which row-level security binds to the organization set
 * on the connection, pospro_vendor, which it binds to a vendor as well, or pospro_system, which sees all rows. Both are set when a connection is
 * checked out, and only if it differs, or with the audit entry of a transaction; the database accepts both only
 * with a proof.
 */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient, type QueryArrayResult } from 'pg';
import { invariant, PosProError } from '../errors';
import { isUuid } from '../ids';
import { inTime } from '../timeout';
import type { Tenant, TransactionScope } from './database';
import { explainFailure, isConnectionFailure, sqlState } from './pg-errors';
import { proofOf, type DatabaseRole } from './logins';
import { openTransaction, type OpenTransaction, type Statement } from './open-transaction';
import { parameter, ROW_TYPES } from './pg-types';
import { CONNECT_TIMEOUT_MS, connectionSettings, type TenantPoolOptions } from './pool-config';
import { statementName } from './prepared-statements';

const MAX_FAREWELL_MS = 2_000;
/** The server ends a statement at its timeout. An answer that is later than that and this margin never comes: the network is cut. */
const ANSWER_MARGIN_MS = 5_000;
const BEGIN = 'begin isolation level read committed';
/** The extended protocol accepts a single statement: an injection cannot add another one, such as `set`. */
const ONE_STATEMENT = 'extended';
const MAX_ATTEMPTS = 3;
/** A server that restarts ends all connections within moments, but not at once: the next one of the pool may be dead too. */
const PAUSE_BETWEEN_ATTEMPTS_MS = 20;
/** Idempotent. */
const PLAIN_SELECT = /^\s*select\b/i;

/** The organization and the vendor of a connection; undefined if unknown, as after a rollback. "/" means neither. */
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
  private readonly maxWaitMs: number;
  private readonly attempts: number;
  private readonly clients = new Set<PoolClient>();
  /** The moments since which requests wait for a busy connection, in the order of the queue. */
  private readonly waits = new Set<{ readonly since: number }>();

  constructor(options: TenantPoolOptions) {
    const { config, shared, settings } = connectionSettings(options);
    super(config);
    this.role = options.logins.own ? undefined : options.role;
    this.tenantKey = options.logins.tenantKey;
    this.shared = shared;
    this.settings = settings;
    this.maxWaitMs = options.maxWaitMs ?? CONNECT_TIMEOUT_MS;
    this.attempts = options.attempts ?? MAX_ATTEMPTS;
    // Without listeners each of these would end the process when PostgreSQL stops. The pool reports idle
    // connections again, and attaches the whole connection to the error, including keys; so only the reason is
    // logged.
    this.on('error', () => undefined);
    this.on('remove', (client) => this.clients.delete(client));
    const silenceMs = options.silenceMs ?? options.statementTimeout + ANSWER_MARGIN_MS;
    this.on('acquire', (client) => void socketOf(client).setTimeout(silenceMs));
    this.on('release', (_, client) => void socketOf(client).setTimeout(0));
    this.on('connect', (client) => {
      this.clients.add(client);
      client.connection.stream.on('timeout', () => endIfSilent(client));
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

  /** Ends all connections at once: the statements that wait for an answer on them fail. */
  breakConnections(): void {
    for (const { connection } of this.clients) connection.stream.destroy();
  }

  /**
   * Autocommitted: runs one statement for a tenant. If a connection is dead, as after a restart of the
   * server, a plain SELECT is retried on another one, up to twice.
   */
  async runFor(tenant: Tenant, ...statement: Statement): Promise<QueryArrayResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.runOnce(tenant, statement);
      } catch (error) {
        if (attempt >= this.attempts || !isConnectionFailure(error) || !PLAIN_SELECT.test(statement[0]))
          throw explainFailure(error);
        await sleep(PAUSE_BETWEEN_ATTEMPTS_MS);
      }
    }
  }

  private async runOnce(tenant: Tenant, statement: Statement): Promise<QueryArrayResult> {
    const client = await this.open();
    let broken: unknown;
    try {
      if (this.shared) return await this.runShared(client, tenant, statement);
      await this.bind(client, tenant);
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
    const { client, opening, turn } = await this.begin(scope);
    return openTransaction({
      opening,
      execute: (...statement) => turn(() => this.execute(client, ...statement)),
      end: (text) => turn(() => client.query(text)),
      giveBack(isBound, error) {
        if (!isBound) bound.delete(client);
        giveBack(client, error);
      },
    });
  }

  private async begin(
    scope: TransactionScope,
  ): Promise<{ client: PoolClient; opening: Promise<QueryArrayResult> | undefined; turn: Turn }> {
    for (let attempt = 1; ; attempt += 1) {
      const client = await this.open();
      const turn = this.shared ? inTurn() : atOnce;
      try {
        writeTogether(client);
        const begun = turn(() => client.query(this.beginText(scope)));
        const isBound = turn(() => this.bind(client, scope));
        const first = scope.opening;
        const opening = first && turn(() => this.execute(client, first.text, first.values));
        // The error is thrown where the answer is awaited.
        opening?.catch(() => undefined);
        await Promise.all([begun, isBound]);
        return { client, opening, turn };
      } catch (error) {
        // It may have begun anyway, without its settings; then it ends with the connection.
        client.release(true);
        // Nothing has been done yet, so a dead idle connection is simply replaced.
        if (attempt === MAX_ATTEMPTS || !isConnectionFailure(error)) throw explainFailure(error);
        await sleep(PAUSE_BETWEEN_ATTEMPTS_MS);
      }
    }
  }

  /** Time that the first request in the queue has waited for a connection, in milliseconds. */
  get longestWaitMs(): number {
    for (const { since } of this.waits) return performance.now() - since;
    return 0;
  }

  private async open(): Promise<PoolClient> {
    // Idle connections may be promised to requests that have asked in the same moment.
    const isExhausted = this.totalCount >= this.options.max && this.idleCount <= this.waitingCount;
    try {
      return await (isExhausted ? this.openInTurn() : super.connect());
    } catch (error) {
      throw explainFailure(error);
    }
  }

  /** Waits for a connection that others are using. @throws PosProError UNAVAILABLE if none of them ends in time. */
  private async openInTurn(): Promise<PoolClient> {
    const wait = { since: performance.now() };
    this.waits.add(wait);
    const connecting = super.connect();
    try {
      return await inTime(connecting, this.maxWaitMs, () => new WaitedTooLong());
    } catch (error) {
      // The pool still hands it over when its turn comes.
      if (error instanceof WaitedTooLong)
        void connecting.then(
          (client) => client.release(),
          () => undefined,
        );
      throw error;
    } finally {
      this.waits.delete(wait);
    }
  }

  private execute(
    client: PoolClient,
    ...[text, values, types = ROW_TYPES]: Statement
  ): Promise<QueryArrayResult> {
    // Prisma writes a different text for every length of a list: they would use up the names.
    const name = this.shared || types !== ROW_TYPES ? undefined : statementName(text);
    const how = { rowMode: 'array', types, queryMode: ONE_STATEMENT, ...(name ? { name } : {}) } as const;
    writeTogether(client);
    // Measured: rows that pg hands over by its own promise survive the collections of young memory, those of a callback do not, and
    // a long list takes a tenth less processor time.
    return new Promise((resolve, reject) => {
      const statement = { text, values: values.map(parameter), ...how };
      client.query(statement, (error: Error | undefined, result: QueryArrayResult) =>
        error ? reject(error) : resolve(result),
      );
    });
  }

  /**
   * Sets the organization, the vendor and the audit entry, which needs a proof. All are parameters: connections of the same
   * role can read each other's statement texts, and a text of its own for each entry would be planned each time.
   */
  private async bind(
    client: PoolClient,
    { organizationId, vendorId = '', entryId = '' }: TransactionScope,
  ): Promise<void> {
    const tenant = `${organizationId}/${vendorId}`;
    if (!this.shared && entryId === '' && bound.get(client) === tenant) return;
    bound.delete(client);
    const proof = proofOf(this.tenantKey, organizationId, entryId, vendorId);
    const name = this.shared ? undefined : 'bind_organization';
    const { rows } = await client.query<{ organization: string }>({
      text: 'select pospro_bind($1, $2, $3, $4, $5) as organization',
      values: [organizationId, proof, this.shared, entryId, vendorId],
      ...(name ? { name } : {}),
    });
    invariant(
      rows[0]?.organization === organizationId,
      'the database does not accept the proof of the organization',
    );
    bound.set(client, tenant);
  }

  /** BEGIN; behind a pooler with the settings of the transaction, in one round trip. */
  private beginText({ organizationId, vendorId, entryId }: TransactionScope): string {
    invariant(organizationId === '' || isUuid(organizationId), 'an organization is named by a UUID');
    invariant(vendorId === undefined || isUuid(vendorId), 'a vendor is named by a UUID');
    invariant(entryId === undefined || isUuid(entryId), 'an audit entry is named by a UUID');
    if (!this.shared) return BEGIN;
    const settings = [...(this.role ? [`role = ${this.role}`] : []), ...this.settings];
    return [BEGIN, ...settings.map((setting) => `set local ${setting}`)].join('; ');
  }

  private async runShared(
    client: PoolClient,
    tenant: Tenant,
    statement: Statement,
  ): Promise<QueryArrayResult> {
    await client.query(this.beginText(tenant));
    try {
      await this.bind(client, tenant);
      const result = await this.execute(client, ...statement);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  }
}

/** All connections are busy, and were so for as long as a request may wait. */
class WaitedTooLong extends PosProError {
  constructor() {
    super('UNAVAILABLE', 'The database is temporarily overloaded.', { retryAfter: 1 });
  }
}

/** The types of the driver allow for streams other than sockets, which only its options can ask for. */
function socketOf({ connection }: PoolClient): Socket {
  return connection.stream as Socket;
}

/** Ends a connection whose server owes an answer. One that waits for its caller, as a slow download does, stays. */
function endIfSilent(client: PoolClient): void {
  // The driver sets it once all statements are answered; its types do not have it.
  const { readyForQuery } = client as PoolClient & { readyForQuery?: boolean | null };
  if (readyForQuery !== true) client.connection.stream.destroy(new Silent());
}

/** A statement is not sent again after it: each attempt would take as long. */
class Silent extends PosProError {
  constructor() {
    super('UNAVAILABLE', 'The database does not answer.', { retryAfter: 1 });
  }
}

/** Sends a statement of a connection. */
type Turn = <Result>(send: () => Promise<Result>) => Promise<Result>;

/** In pipeline mode the driver itself keeps the order of statements that are sent together. */
const atOnce: Turn = (send) => send();

/** Sends each statement after the answer of the one before, even if the caller starts several together: the commit comes last. */
function inTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (send) => {
    const answer = last.then(send);
    last = answer.catch(() => undefined);
    return answer;
  };
}

/**
 * Writes the statements of one moment together: each write is a system call, which costs more than a small
 * statement.
 */
function writeTogether({ connection: { stream } }: PoolClient): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
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
