/**
 * The plans of statements as PostgreSQL makes them for an organization under row-level security, on tables with so many rows that reading one
 * from end to end is a mistake.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { SentStatement } from './statements';

/** Tables that stay small: people enter their rows one by one. Reading such a table from end to end is cheaper than its index. */
const SMALL_TABLES: ReadonlySet<string> = new Set([
  'accounting_settings',
  'api_keys',
  'audit_heads',
  'backups',
  'barcode_rules',
  'branches',
  'brands',
  'business_hours',
  'canned_answers',
  'categories',
  'counters',
  'device_sequences',
  'feature_settings',
  'holidays',
  'import_jobs',
  'languages',
  'organizations',
  'outbox_floors',
  'payment_method_settings',
  'price_lists',
  'register_devices',
  'registers',
  'retention_settings',
  'roles',
  'sla_policies',
  'storefront_settings',
  'support_mail_settings',
  'support_settings',
  'tax_classes',
  'tax_rates',
  'ticket_queues',
  'till_settings',
  'units',
  'users',
  'vendor_settings',
  'warehouses',
  'webhook_endpoints',
]);

/** A step of a plan that reads or sorts a table that grows as a whole. */
export interface WholeRead {
  /** The scanned table; undefined for a sort. */
  readonly table?: string;
  /** The number of rows that are sorted, as estimated. */
  readonly sorted?: number;
  /** The kind of plan: for the values of this call, or the one that a prepared statement keeps. */
  readonly plan: 'custom' | 'generic';
  readonly statement: string;
}

/** Rows of a table at least, and copies of each row at least, so that the rows of one copy refer to each other. */
const MIN_ROWS = 10_000;
const MIN_COPIES = 100;
const VACUUM_ATTEMPTS = 10;
const PAUSE_MS = 500;
/** Columns with ids of small tables; all other ids are those of the copy. */
const KEPT_IDS =
  /^(organization|branch|warehouse|source_warehouse|target_warehouse|from_warehouse|to_warehouse|register|category|brand|tax_class|price_list|role|endpoint|actor)_id$|^(created_by|closed_by|opened_by|approved_by|parent_id)$/;

/**
 * Multiplies the rows of every growing table that has some: copies have ids and codes of their own, refer to each other as the originals do,
 * and are a minute older each.
 * @param url of the database, as its owner.
 * @returns the growing tables that stay small, because the shop has no row of them or only one that may exist once.
 */
export async function growTables(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    const tables = await growingTables(client);
    // Copies need no valid chain of hashes, and refer to rows that are copied later.
    await client.query('set session_replication_role = replica');
    await dropChecks(client);
    for (const { table, columns } of tables) {
      const { rowCount } = await client.query(`select from ${table}`);
      if (rowCount)
        await client.query(copyStatement(table, columns), [
          Math.max(MIN_COPIES, Math.ceil(MIN_ROWS / rowCount)),
        ]);
    }
    await client.query('reset session_replication_role');
    await vacuumWhole(client);
    const isLarge = largeTables(await tablesOf(client));
    return tables.flatMap(({ table }) => (isLarge(table) ? [] : [table]));
  });
}

/**
 * Vacuums until the large tables are visible to all transactions. While a background worker has an older one open, PostgreSQL has to look
 * up each row of an index in its table, and counts a table by reading it instead.
 */
async function vacuumWhole(client: Client): Promise<void> {
  for (let attempt = 0; attempt < VACUUM_ATTEMPTS; attempt += 1) {
    await client.query('vacuum (analyze)');
    const { rowCount } = await client.query(
      `select from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and reltuples >= $1
         and relallvisible < 0.9 * relpages`,
      [MIN_ROWS],
    );
    if (rowCount === 0) return;
    await sleep(PAUSE_MS);
  }
}

/** The steps in the plans of statements that read a growing table from end to end, or sort as many rows. */
export async function wholeReads(
  url: string,
  organizationId: string,
  statements: readonly SentStatement[],
): Promise<WholeRead[]> {
  return withClient(url, async (client) => {
    const tables = await tablesOf(client);
    const isLarge = largeTables(tables);
    const parentOf = (name: string) => tables.find((table) => table.name === name)?.parent ?? name;
    const grows = (name: string) => isLarge(name) && !SMALL_TABLES.has(parentOf(name));
    await client.query('begin');
    await client.query(`select set_config('app.organization_id', $1, true)`, [organizationId]);
    // As the connections of the platform (kernel/db/pool-config.ts).
    await client.query('set local random_page_cost = 1.1');
    await client.query('set local role pospro_app');
    const reads: WholeRead[] = [];
    for (const { text, values } of distinct(statements)) {
      const plans = {
        custom: await explain(client, `explain (format json) ${text}`, values.map(asSent)),
        generic: await explain(client, `explain (format json, generic_plan) ${text}`),
      };
      const statement = text.replace(/\s+/g, ' ').trim();
      for (const plan of ['custom', 'generic'] as const) {
        const steps = stepsOf(plans[plan]);
        for (const name of steps.flatMap(scannedTable).filter(grows))
          reads.push({ table: parentOf(name), plan, statement });
        for (const rows of steps.flatMap(sortedRows)) reads.push({ sorted: rows, plan, statement });
      }
    }
    return reads;
  });
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Plan Rows': number;
  readonly Plans?: readonly PlanNode[];
}

async function explain(client: Client, text: string, values?: unknown[]): Promise<PlanNode> {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(text, values);
  return rows[0]!['QUERY PLAN'][0].Plan;
}

function stepsOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(stepsOf)];
}

function scannedTable({ 'Node Type': type, 'Relation Name': name }: PlanNode): string[] {
  return type === 'Seq Scan' && name !== undefined ? [name] : [];
}

function sortedRows({ 'Node Type': type, Plans: [input] = [] }: PlanNode): number[] {
  return type === 'Sort' && input && input['Plan Rows'] >= MIN_ROWS / 2 ? [input['Plan Rows']] : [];
}

/** The statements that have a plan, each text once. */
function distinct(statements: readonly SentStatement[]): SentStatement[] {
  const planned = statements.filter(({ text }) => /^\s*(select|with|insert|update|delete)\b/i.test(text));
  return [...new Map(planned.map((statement) => [statement.text, statement])).values()];
}

/** A value as the platform sends it. */
function asSent(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** Whether it is part of a key. */
  readonly unique: boolean;
  /** Whether a check lists its values. */
  readonly checked: boolean;
}

/** The partitioned tables and those without partitions, with their columns. */
async function growingTables(client: Client): Promise<{ table: string; columns: Column[] }[]> {
  const { rows } = await client.query<{ table: string; columns: Column[] }>(`
    select c.relname as table, json_agg(json_build_object('name', a.attname, 'type', a.atttypid::regtype::text, 'unique', exists (
      select from pg_index i where i.indrelid = c.oid and i.indisunique and a.attnum = any (i.indkey)),
      'checked', exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any (k.conkey)
        and pg_get_constraintdef(k.oid) like '%ARRAY[%')) order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'organization_id')
    group by c.relname order by c.relname`);
  return rows.filter(({ table }) => !SMALL_TABLES.has(table));
}

async function dropChecks(client: Client): Promise<void> {
  await client.query(`do $$ declare k record; begin
    for k in select conrelid::regclass as owner, conname from pg_constraint
        where contype = 'c' and coninhcount = 0 and connamespace = 'public'::regnamespace and conrelid <> 0 loop
      execute format('alter table %s drop constraint %I', k.owner, k.conname);
    end loop;
  end $$`);
}

function copyStatement(table: string, columns: readonly Column[]): string {
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  return `insert into ${table} (${names}) overriding system value
    select ${columns.map(copiedValue).join(', ')} from ${table} t, generate_series(1, $1::integer) n on conflict do nothing`;
}

function copiedValue({ name, type, unique, checked }: Column): string {
  const column = `t."${name}"`;
  // The beginning of an id is its time, and so its partition; the end distinguishes the rows of the demo shop.
  if (type === 'uuid' && !KEPT_IDS.test(name))
    return `overlay(${column}::text placing '7' || lpad(to_hex(n % 4096), 3, '0') || '-8' || lpad(to_hex(n / 4096), 3, '0') from 15 for 9)::uuid`;
  if (type === 'text' && unique && !checked) return `${column} || '-' || n`;
  if (/^(bigint|integer)$/.test(type) && unique && !checked) return `${column} + n * 10000`;
  if (type === 'date') return `${column} - n`;
  if (type.startsWith('timestamp')) return `${column} - n * interval '1 minute'`;
  return column;
}

/** A table or partition with its estimated rows. */
interface TableRows {
  readonly name: string;
  /** The partitioned table of a partition. */
  readonly parent: string;
  readonly rows: number;
}

async function tablesOf(client: Client): Promise<TableRows[]> {
  const { rows } = await client.query<TableRows>(`
    select c.relname as name, coalesce(p.relname, c.relname) as parent, c.reltuples as rows
    from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`);
  return rows;
}

/** Whether a table, a partition or a table of partitions has so many rows that an index is worth its while. */
function largeTables(tables: readonly TableRows[]): (name: string) => boolean {
  const large = tables.filter(({ rows }) => rows >= MIN_ROWS / 2);
  return (name) => large.some((table) => table.name === name || table.parent === name);
}

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
