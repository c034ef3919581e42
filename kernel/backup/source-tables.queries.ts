/** The parts of a database that a backup has: tables, partitions and sequences. */
import type { Client } from 'pg';
import type { Manifest } from './manifest';

/** A table to back up. */
export interface SourceTable {
  readonly name: string;
  /** Columns that are stored, not computed. */
  readonly columns: readonly string[];
}

/** The history of migrations belongs to the database, not to its data. */
const HISTORY_TABLE = '_prisma_migrations';

/** All tables, partitioned ones as a whole, in alphabetical order. */
export async function sourceTables(client: Client): Promise<SourceTable[]> {
  const { rows } = await client.query<SourceTable>(
    `select c.relname as name, array(
       select a.attname::text from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns
     from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> $1
     order by 1`,
    [HISTORY_TABLE],
  );
  return rows;
}

/**
 * The tables of which the current role does not see every row. Row-level security hides rows without an error, so a backup under such a
 * role would be empty and look complete.
 */
export async function tablesNotWhollyVisible(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name
     from pg_class c cross join (select * from pg_roles where rolname = current_user) as r
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> $1
       and c.relrowsecurity and not r.rolsuper and not r.rolbypassrls
       and (not exists (
           select from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd in ('*', 'r')
             and r.oid = any(p.polroles) and pg_get_expr(p.polqual, p.polrelid) = 'true')
         or exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive))
     order by 1`,
    [HISTORY_TABLE],
  );
  return rows.map(({ name }) => name);
}

/** The details of the manifest about the whole database, in the transaction of the snapshot. */
export async function sourceDetails(
  client: Client,
): Promise<
  Pick<
    Manifest,
    'serverVersion' | 'createdAt' | 'snapshot' | 'oldestPartition' | 'cursorOffset' | 'sequences'
  >
> {
  const { rows } = await client.query<{
    serverVersion: number;
    createdAt: Date;
    snapshot: string;
    oldestPartition: string | null;
    cursorOffset: string;
  }>(`
    select pospro_cursor_offset()::text as "cursorOffset", current_setting('server_version_num')::integer as "serverVersion", now() as "createdAt",
      pg_current_snapshot()::text as snapshot,
      (select min(right(c.relname, 7)) from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relispartition and c.relname ~ '_\\d{4}_\\d{2}$') as "oldestPartition"`);
  const sequences = await client.query<{ name: string; value: string }>(`
    select sequencename as name, last_value::text as value from pg_sequences
    where schemaname = 'public' and last_value is not null order by 1`);
  const { createdAt, ...details } = rows[0]!;
  return { ...details, createdAt: createdAt.toISOString(), sequences: sequences.rows };
}

/** A list of columns for a statement. */
export function columnList(client: Client, columns: readonly string[]): string {
  return columns.map((column) => client.escapeIdentifier(column)).join(', ');
}
