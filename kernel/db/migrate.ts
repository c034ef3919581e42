/**
 * Applies migrations at start-up, without the Prisma CLI but compatible with it: the same table, checksums and
 * lock. So `prisma migrate deploy` and this code may be used on one database alternately, and concurrently.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { version as ownVersion } from '../../package.json';
import { readDatabaseUrl } from './database-url';
import { contractedFrom, isOlderThan } from './migration-names.rules';
import { sqlState } from './pg-errors';

/** The stored history does not match the files, or a migration failed. The message has the remedy. */
export class MigrationError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'MigrationError';
  }
}

export interface Migration {
  name: string;
  script: string;
  /** SHA-256 of the file, in hex, as Prisma computes it. */
  checksum: string;
}

export interface MigrationOptions {
  /** Optional; defaults to the migrations of this version. */
  readonly folder?: string;
  /** The migrations to apply. Optional; defaults to all. */
  readonly only?: (migration: Migration) => boolean;
  /** The version of the code. Optional; defaults to that of package.json. */
  readonly version?: string;
  /** Called with the migrations of a newer version that the database has, and with which this version still works. */
  readonly onNewer?: (names: readonly string[]) => void;
}

interface HistoryRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

export const MIGRATIONS_FOLDER = path.join(__dirname, '../../prisma/migrations');

/** The number of the lock that Prisma's own engine takes for a migration. */
const PRISMA_LOCK = 72_707_369;

/** A change of a table waits for the transactions that use it, and everything else waits behind the change. So it gives way soon. */
const LOCK_TIMEOUT_MS = 2_000;
const MAX_LOCK_ATTEMPTS = 30;
const PAUSE_BETWEEN_ATTEMPTS_MS = 1_000;
const LOCK_NOT_AVAILABLE = '55P03';

const HISTORY_TABLE = `
  create table if not exists _prisma_migrations (
    id varchar(36) primary key not null,
    checksum varchar(64) not null,
    finished_at timestamptz,
    migration_name varchar(255) not null,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz not null default now(),
    applied_steps_count integer not null default 0
  )`;

const HISTORY =
  'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null order by started_at';

/** The migrations of a folder, oldest first. */
export function readMigrations(folder = MIGRATIONS_FOLDER): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const script = readFileSync(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
    });
}

/**
 * Applies pending migrations, each in its own transaction. Of processes that start together one applies them,
 * and the others wait. A migration that does not get its locks within two seconds is tried again, up to thirty times.
 *
 * @returns the names of the migrations applied now.
 * @throws MigrationError
 */
export async function applyMigrations(url: string, options: MigrationOptions = {}): Promise<string[]> {
  const { folder = MIGRATIONS_FOLDER, only = () => true, version = ownVersion, onNewer } = options;
  const migrations = readMigrations(folder);
  const client = new Client({ ...readDatabaseUrl(url).config, application_name: 'pospro migrations' });
  // The running statement reports the error itself.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const applied: string[] = [];
    for (let attempt = 1; ; attempt += 1) {
      await client.query('begin');
      const { pending, newer } = compare(migrations, await historyUnderLock(client), version);
      const next = pending.find(only);
      if (!next) {
        await client.query('commit');
        if (newer.length > 0) onNewer?.(newer);
        return applied;
      }
      if (await applyOne(client, next, attempt < MAX_LOCK_ATTEMPTS)) {
        applied.push(next.name);
        attempt = 0;
      } else await sleep(PAUSE_BETWEEN_ATTEMPTS_MS);
    }
  } finally {
    // Ends the transaction, if it still runs.
    await client.end();
  }
}

/** The migrations of a database: those that it lacks, and those that it has of a newer version. */
export interface MigrationState {
  readonly applied: number;
  readonly pending: readonly string[];
  readonly newer: readonly string[];
}

/** Compares a database with the migrations of this version, and changes nothing. @throws MigrationError as applyMigrations. */
export async function readMigrationState(url: string): Promise<MigrationState> {
  const client = new Client({ ...readDatabaseUrl(url).config, application_name: 'pospro migrations' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ exists: boolean }>(
      `select to_regclass('_prisma_migrations') is not null as exists`,
    );
    const history = rows[0]!.exists ? (await client.query<HistoryRow>(HISTORY)).rows : [];
    const { pending, newer } = compare(readMigrations(), history, ownVersion);
    return { applied: history.length, pending: pending.map(({ name }) => name), newer };
  } finally {
    await client.end();
  }
}

/**
 * Reads the history under the lock of migrations, which ends with the transaction: behind a pooler a session has no lock of its own. A
 * long wait means that another process migrates a large database.
 */
async function historyUnderLock(client: Client): Promise<HistoryRow[]> {
  await client.query('select pg_advisory_xact_lock($1)', [PRISMA_LOCK]);
  await client.query(HISTORY_TABLE);
  return (await client.query<HistoryRow>(HISTORY)).rows;
}

/**
 * Compares files and history. A database may be newer than the code: in a rolling upgrade a process of the former version starts on it.
 * @returns the files to apply, and the names of applied migrations without a file.
 * @throws MigrationError for a failed or an edited migration, and for an unknown one that this version does not work with.
 */
function compare(
  migrations: readonly Migration[],
  history: readonly HistoryRow[],
  version: string,
): { pending: Migration[]; newer: string[] } {
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  const applied = new Set(history.map((row) => row.migration_name));
  const isOurs = migrations[0] !== undefined && applied.has(migrations[0].name);
  const newer: string[] = [];
  for (const row of history) {
    const name = row.migration_name;
    const file = files.get(name);
    if (row.finished_at === null) {
      throw new MigrationError(
        `The migration ${name} failed earlier. Repair the database, then run "npx prisma migrate resolve --rolled-back ${name}".`,
      );
    }
    if (!file) {
      assertStillWorks(name, version, isOurs);
      newer.push(name);
    } else if (file.checksum !== row.checksum) {
      throw new MigrationError(
        `The migration ${name} was changed after it had been applied to this database. Restore the file and put the change into a ` +
          'migration of its own; a database without data worth keeping can be dropped and created again instead.',
      );
    }
  }
  return { pending: migrations.filter((migration) => !applied.has(migration.name)), newer };
}

function assertStillWorks(name: string, version: string, isOurs: boolean): void {
  if (!isOurs)
    throw new MigrationError(
      `The database has the migration ${name} and not the first one of this version: it belongs to another program, or to an older ` +
        'state of the code without a release.',
    );
  const from = contractedFrom(name);
  if (from !== undefined && isOlderThan(version, from))
    throw new MigrationError(
      `The database has the migration ${name}: it is newer than the code, and works with PosPro ${from} and newer only. This is PosPro ` +
        `${version}.`,
    );
}

/**
 * Applies a migration, and commits.
 * @returns false where a lock was not free in time, and the caller tries again.
 */
async function applyOne(client: Client, migration: Migration, triesAgain: boolean): Promise<boolean> {
  try {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(migration.script);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('commit');
    return true;
  } catch (error) {
    // After a broken connection the server has rolled back, and the first error is more useful than this one.
    await client.query('rollback').catch(() => undefined);
    if (triesAgain && sqlState(error) === LOCK_NOT_AVAILABLE) return false;
    const { message, hint, position } = error as { message: string; hint?: string; position?: string };
    const line = position
      ? ` (line ${migration.script.slice(0, Number(position)).split('\n').length} of its file)`
      : '';
    const advice = hint ? ` ${hint}` : '';
    throw new MigrationError(
      `The migration ${migration.name} failed and was rolled back: ${message.replace(/\.$/, '')}${line}.${advice}`,
      error,
    );
  }
}
