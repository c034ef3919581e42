/**
 * Applies migrations at start-up, without the Prisma CLI but compatible with it: the same table, checksums and
 * lock. So `prisma migrate deploy` and this code may be used on one database alternately, and concurrently.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { readDatabaseUrl } from './database-url';

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

interface HistoryRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

export const MIGRATIONS_FOLDER = path.join(__dirname, '../../prisma/migrations');

/** The number of the lock that Prisma's own engine takes for a migration. */
const PRISMA_LOCK = 72_707_369;

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
 * and the others wait.
 *
 * @param only the migrations to apply. Optional; defaults to all.
 * @returns the names of the migrations applied now.
 * @throws MigrationError
 */
export async function applyMigrations(
  url: string,
  folder = MIGRATIONS_FOLDER,
  only: (migration: Migration) => boolean = () => true,
): Promise<string[]> {
  const migrations = readMigrations(folder);
  const client = new Client({ ...readDatabaseUrl(url).config, application_name: 'pospro migrations' });
  // The running statement reports the error itself.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const applied: string[] = [];
    for (;;) {
      await client.query('begin');
      const [next] = (await pendingUnderLock(client, migrations)).filter(only);
      if (next) await applyOne(client, next);
      else await client.query('commit');
      if (!next) return applied;
      applied.push(next.name);
    }
  } finally {
    // Ends the transaction, if it still runs.
    await client.end();
  }
}

/**
 * Reads the history under the lock of migrations, which ends with the transaction: behind a pooler a session has no lock of its own. A
 * long wait means that another process migrates a large database.
 */
async function pendingUnderLock(client: Client, migrations: readonly Migration[]): Promise<Migration[]> {
  await client.query('select pg_advisory_xact_lock($1)', [PRISMA_LOCK]);
  await client.query(HISTORY_TABLE);
  const history = await client.query<HistoryRow>(
    'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null order by started_at',
  );
  return pendingMigrations(migrations, history.rows);
}

/** Compares files and history. @throws MigrationError for a failed, an edited or an unknown migration. */
function pendingMigrations(migrations: readonly Migration[], history: readonly HistoryRow[]): Migration[] {
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of history) {
    const name = row.migration_name;
    const file = files.get(name);
    if (row.finished_at === null) {
      throw new MigrationError(
        `The migration ${name} failed earlier. Repair the database, then run "npx prisma migrate resolve --rolled-back ${name}".`,
      );
    }
    if (!file) {
      throw new MigrationError(
        `The database has the migration ${name}, which this version does not know: it is newer than the code.`,
      );
    }
    if (file.checksum !== row.checksum) {
      throw new MigrationError(
        `The migration ${name} was changed after it had been applied to this database. Restore the file and put the change into a ` +
          'migration of its own; a database without data worth keeping can be dropped and created again instead.',
      );
    }
  }
  const applied = new Set(history.map((row) => row.migration_name));
  return migrations.filter((migration) => !applied.has(migration.name));
}

/** Applies a migration, and commits. */
async function applyOne(client: Client, migration: Migration): Promise<void> {
  try {
    await client.query(migration.script);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('commit');
  } catch (error) {
    // After a broken connection the server has rolled back, and the first error is more useful than this one.
    await client.query('rollback').catch(() => undefined);
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
