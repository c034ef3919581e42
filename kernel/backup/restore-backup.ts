/**
 * Restores a backup into an empty database. The migrations make the schema, with its indexes, policies and rights; COPY brings the data, in
 * one transaction, so that a failed restore leaves no data.
 */
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { readDatabaseUrl } from '../db/database-url';
import { applyMigrations, MIGRATIONS_FOLDER, readMigrations } from '../db/migrate';
import type { BackupTable, Manifest } from './manifest';
import type { OpenBackup } from './read-backup';
import { columnList, sourceTables } from './source-tables.queries';

/** Thrown if a backup cannot be restored into a database. The message has the remedy. */
class RestoreError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RestoreError';
  }
}

export interface RestoreOptions {
  /** The database, as the owner of its tables. */
  readonly url: string;
  readonly backup: OpenBackup;
  /** Runs in the transaction, after the data: still without triggers, row-level security and foreign keys. */
  readonly afterData: (client: Client) => Promise<void>;
  readonly onProgress?: (message: string) => void;
  /** The folder of the migrations. Optional; defaults to those of this version. */
  readonly migrationsFolder?: string;
}

/** Restores a backup. @throws RestoreError, UnreadableBackupError, MigrationError */
export async function restoreBackup(options: RestoreOptions): Promise<void> {
  const { url, backup, afterData, onProgress, migrationsFolder: folder = MIGRATIONS_FOLDER } = options;
  const { manifest } = backup;
  assertKnownMigrations(manifest, folder);
  await withOwner(url, assertEmpty);
  onProgress?.('Creating the tables');
  const inBackup = new Set(manifest.migrations.map(({ name }) => name));
  await applyMigrations(url, { folder, only: ({ name }) => inBackup.has(name) });
  await withOwner(url, async (client) => {
    await client.query(`set datestyle = 'ISO, YMD'; set intervalstyle = postgres; set timezone = 'UTC'`);
    await client.query('begin');
    await ensurePartitions(client, manifest);
    const present = await prepareTables(client, manifest);
    for (const table of manifest.tables) {
      onProgress?.(`${table.name}: ${table.rows} rows`);
      await loadTable(client, backup, table);
    }
    for (const { name, value } of manifest.sequences)
      await client.query(`select setval(format('public.%I', $1::text)::regclass, $2::bigint)`, [name, value]);
    await afterData(client);
    onProgress?.('Checking foreign keys');
    await finishTables(client, present);
    await client.query('commit');
    await client.query('analyze');
  });
  await applyMigrations(url, { folder });
}

function assertKnownMigrations({ migrations }: Manifest, folder: string): void {
  const known = new Map(readMigrations(folder).map(({ name, checksum }) => [name, checksum]));
  for (const { name, checksum } of migrations) {
    if (known.get(name) !== checksum)
      throw new RestoreError(
        `The backup has the migration ${name}, which this version of PosPro does not know: restore it with the version that made it, then upgrade.`,
      );
  }
}

async function assertEmpty(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    order by 1 limit 1`);
  if (rows[0])
    throw new RestoreError(
      `The database is not empty: it has the table ${rows[0].name}. Restore into a new database.`,
    );
}

/** Creates the partitions of the months that the backup has. */
async function ensurePartitions(client: Client, { oldestPartition }: Manifest): Promise<void> {
  if (oldestPartition === null) return;
  await client.query(
    `select pospro_ensure_partitions(2, greatest(0, (extract(year from age.past) * 12 + extract(month from age.past))::integer))
     from age(date_trunc('month', now() at time zone 'UTC'), to_timestamp($1, 'YYYY_MM')::timestamp) as age (past)`,
    [oldestPartition],
  );
}

/** Foreign keys that are dropped for the time of the load. */
interface DroppedKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

interface PreparedTables {
  readonly keys: readonly DroppedKey[];
  readonly tables: readonly { name: string; forced: boolean }[];
}

/**
 * Lets the owner load rows as they were: triggers would change or record them, row-level security binds the owner too, and foreign keys
 * are checked at the end, all at once, because some tables refer to each other.
 */
async function prepareTables(client: Client, manifest: Manifest): Promise<PreparedTables> {
  const present = await sourceTables(client);
  const wanted = manifest.tables.map(({ name }) => name).sort();
  if (
    present
      .map(({ name }) => name)
      .sort()
      .join() !== wanted.join()
  )
    throw new RestoreError('The tables of the backup are not those of its migrations.');
  const { rows: keys } = await client.query<DroppedKey>(`
    select c.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as definition
    from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.contype = 'f' and k.conparentid = 0 and c.relnamespace = 'public'::regnamespace
    order by 1, 2`);
  const { rows: tables } = await client.query<{ name: string; forced: boolean }>(
    `select c.relname as name, c.relforcerowsecurity as forced from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relname = any($1::text[]) order by 1`,
    [wanted],
  );
  for (const { table, name } of keys)
    await client.query(`alter table ${quoted(client, table)} drop constraint ${quoted(client, name)}`);
  for (const { name } of tables) {
    await client.query(`alter table ${quoted(client, name)} no force row level security`);
    await client.query(`alter table ${quoted(client, name)} disable trigger user`);
  }
  return { keys, tables };
}

async function loadTable(client: Client, backup: OpenBackup, table: BackupTable): Promise<void> {
  const copy = client.query(
    copyFrom(`copy ${quoted(client, table.name)} (${columnList(client, table.columns)}) from stdin`),
  );
  await backup.readTable(table, copy);
  if (copy.rowCount !== table.rows)
    throw new RestoreError(`${table.name} got ${copy.rowCount} rows instead of ${table.rows}.`);
}

async function finishTables(client: Client, { keys, tables }: PreparedTables): Promise<void> {
  for (const { name, forced } of tables) {
    await client.query(`alter table ${quoted(client, name)} enable trigger user`);
    if (forced) await client.query(`alter table ${quoted(client, name)} force row level security`);
  }
  for (const { table, name, definition } of keys)
    await client.query(
      `alter table ${quoted(client, table)} add constraint ${quoted(client, name)} ${definition}`,
    );
}

function quoted(client: Client, name: string): string {
  return client.escapeIdentifier(name);
}

async function withOwner<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ ...readDatabaseUrl(url).config, application_name: 'pospro restore' });
  // The running statement reports the error itself.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
