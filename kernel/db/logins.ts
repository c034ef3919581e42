/**
 * The platform's database logins. The roles pospro_app, pospro_vendor and pospro_system have their own logins, so that an
 * injected statement cannot return to the owner of the tables. Their passwords are derived from the owner's, so
 * that all processes know them without storing them; the owner's own connection only sets them. If the server
 * or a pooler rejects the roles, the platform signs in as the owner, uses `set role`, and logs a warning.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { Logger } from 'pino';
import { readDatabaseUrl } from './database-url';
import { explainFailure, sqlState } from './pg-errors';

export type DatabaseRole = 'pospro_app' | 'pospro_vendor' | 'pospro_system';

/** The data that the pools need to connect. */
export interface Logins {
  /** The password of the roles; undefined if they sign in without one. */
  readonly password: string | undefined;
  /** Whether the roles sign in themselves. */
  readonly own: boolean;
  /** The key with which connections prove their organization. */
  readonly tenantKey: Buffer;
}

/** Thrown for a role that row-level security or the server's privileges do not bind. The message has the remedy. */
export class MightyRoleError extends Error {
  constructor(role: string) {
    super(
      `The role ${role} is more than it must be (superuser, BYPASSRLS, CREATEROLE, CREATEDB, REPLICATION or member of another role), so ` +
        `that organizations would not be kept apart. Let a superuser run: alter role ${role} nosuperuser nobypassrls nocreaterole ` +
        `nocreatedb noreplication; and revoke the roles that were granted to it.`,
    );
    this.name = 'MightyRoleError';
  }
}

const ROLES: readonly DatabaseRole[] = ['pospro_app', 'pospro_vendor', 'pospro_system'];
const MAX_ATTEMPTS = 5;
const PAUSE_MS = 50;
/** Fewer are not allowed (RFC 7677), and more are for passwords that can be guessed. */
const SCRAM_ITERATIONS = 4096;

/**
 * Determines how the platform may sign in, and creates missing logins of the roles.
 * @throws PosProError UNAVAILABLE if the server is unreachable; MightyRoleError.
 */
export async function prepareLogins(url: string, log: Logger): Promise<Logins> {
  const { config } = readDatabaseUrl(url);
  const password = rolePassword(config.password);
  try {
    const refused = await signInOrRepair(config, password);
    const own = refused === undefined || refused instanceof IncompleteError;
    const reason = refused instanceof Error ? refused.message : refused;
    if (!own)
      log.warn(
        { reason },
        'the database roles cannot sign in: working as the user of DATABASE_URL under "set role" instead',
      );
    else if (refused)
      log.warn(
        { reason },
        'the user of DATABASE_URL does not own the database, and cannot take that right away',
      );
    return {
      password,
      own,
      tenantKey: await readKey(own ? as(config, 'pospro_system', password) : config, own),
    };
  } catch (error) {
    throw explainFailure(error);
  }
}

/**
 * Whether another server, such as a replica, accepts a role with its password on the primary. An unreachable
 * server counts as accepting: later reads report the error.
 */
export async function maySignIn(
  url: string,
  role: DatabaseRole,
  password: string | undefined,
): Promise<boolean> {
  try {
    await trySignIn(readDatabaseUrl(url).config, role, password);
    return true;
  } catch (error) {
    return !isRefusal(error);
  }
}

/**
 * The reason why the roles of the platform cannot sign in at a database; undefined if they can. Changes nothing.
 * @throws Error if the server is unreachable.
 */
export async function findLoginProblem(url: string): Promise<string | undefined> {
  const { config } = readDatabaseUrl(url);
  try {
    await tryAll(config, rolePassword(config.password));
    return undefined;
  } catch (error) {
    if (isRefusal(error) || error instanceof MightyRoleError) return (error as Error).message;
    throw error;
  }
}

/** The bytes of a UUID. */
function bytesOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

const NONE = Buffer.alloc(16);

/**
 * A connection's proof of its organization and vendor, and of the audit entry of its transaction, as pospro_bind()
 * expects it; "" without an organization.
 */
export function proofOf(tenantKey: Buffer, organizationId: string, entryId = '', vendorId = ''): string {
  if (organizationId === '') return '';
  return createHash('sha256')
    .update(tenantKey)
    .update(bytesOf(organizationId))
    .update(entryId === '' ? NONE : bytesOf(entryId))
    .update(vendorId === '' ? NONE : bytesOf(vendorId))
    .digest('hex');
}

/** Derives one secret from another, one way. If the owner signs in without a password, so do the roles. */
function rolePassword(owner: ClientConfig['password']): string | undefined {
  if (typeof owner !== 'string' || owner === '') return undefined;
  return createHmac('sha256', owner).update('pospro roles').digest('base64url');
}

function as(config: ClientConfig, user: DatabaseRole, password: string | undefined): ClientConfig {
  return { ...config, user, password };
}

/** @returns the reason why the roles are rejected; undefined if they are accepted. */
async function signInOrRepair(config: ClientConfig, password: string | undefined): Promise<unknown> {
  let mended = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await tryAll(config, password);
      return undefined;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (mended || attempt === MAX_ATTEMPTS) return error;
    }
    try {
      await repair(config, password);
      mended = true;
    } catch (error) {
      if (sqlState(error) === undefined) throw error;
      if (!isCollision(error)) return error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}

async function tryAll(config: ClientConfig, password: string | undefined): Promise<void> {
  for (const role of ROLES) await trySignIn(config, role, password);
}

/** Thrown if a role is accepted, but its setup is incomplete. */
class IncompleteError extends Error {}

async function trySignIn(
  config: ClientConfig,
  role: DatabaseRole,
  password: string | undefined,
): Promise<void> {
  await withClient(as(config, role, password), async (client) => {
    const { rows } = await client.query<{ mighty: boolean; temporary: boolean }>(`
      select r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
          or exists (select from pg_auth_members m where m.member = r.oid) as mighty,
        has_database_privilege(current_database(), 'temporary') and not pg_is_in_recovery() as temporary
      from pg_roles r where r.rolname = session_user`);
    if (rows[0]?.mighty) throw new MightyRoleError(role);
    if (rows[0]?.temporary)
      throw new IncompleteError(`The role ${role} may make temporary tables, which would stand before ours.`);
  });
}

/**
 * Creates the logins of the roles, and revokes temporary tables from all users except the owner. The server
 * gets a verifier, never the password, so that none of its logs has it.
 */
async function repair(config: ClientConfig, password: string | undefined): Promise<void> {
  await withClient(config, async (client) => {
    const { database } = (await client.query<{ database: string }>('select current_database() as database'))
      .rows[0]!;
    await client.query('begin');
    // Processes that start together do it one after the other; processes of another database collide in the
    // catalogue, and retry.
    await client.query(`select pg_advisory_xact_lock(hashtext('pospro_logins'))`);
    const refused = await tryAll(config, password).catch((error: unknown) => error);
    if (refused === undefined) return;
    if (!(refused instanceof IncompleteError)) {
      const secret =
        password === undefined ? '' : ` password ${client.escapeLiteral(scramVerifier(password))}`;
      for (const role of ROLES) await client.query(`alter role ${role} login noinherit${secret}`);
    }
    await client.query(`revoke temporary on database ${client.escapeIdentifier(database)} from public`);
    await client.query('commit');
  });
}

/** Two transactions changed the same row of the server's catalogue; the failed one retries. */
function isCollision(error: unknown): boolean {
  return sqlState(error) === 'XX000' || sqlState(error) === '40001';
}

/** The server or a pooler before it is reachable, but rejects this role: class 28, or PgBouncer's general code. */
function isRefusal(error: unknown): boolean {
  const state = sqlState(error);
  return (
    error instanceof IncompleteError || (state !== undefined && (state.startsWith('28') || state === '08P01'))
  );
}

/** PostgreSQL's stored form of a password (RFC 5803). The password is plain ASCII, so it needs no normalization. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${storedKey}:${keyOf('Server Key').toString('base64')}`;
}

async function readKey(config: ClientConfig, own: boolean): Promise<Buffer> {
  return withClient(config, async (client) => {
    if (!own) await client.query('begin; set local role pospro_system');
    const { rows } = await client.query<{ key: Buffer }>('select key from pospro_private.tenant_key');
    if (!own) await client.query('commit');
    return rows[0]!.key;
  });
}

async function withClient<Result>(
  config: ClientConfig,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ ...config, application_name: 'pospro logins', connectionTimeoutMillis: 5_000 });
  // The running call reports the error itself.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
