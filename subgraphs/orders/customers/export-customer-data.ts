/** The export of all data that PosPro keeps of a customer: a page at a time, since one customer may have 10,000 orders. */
import { snake } from '#kernel/casing';
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { raw, sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { isUuid } from '#kernel/ids';
import { MAX_PAGE_SIZE, cursorInvalid } from '#kernel/paging';
import { rangeErrors, throwFieldErrors } from '#kernel/validation';
import { requireCustomer, type CustomerRecords } from '#subgraphs/customers/index';
import { RECORDS_OF_CUSTOMERS } from './order-records';

/** A record, with the values of its columns, in snake_case in both APIs. */
export interface ExportedRecord {
  kind: string;
  data: Readonly<Record<string, unknown>>;
}

/** A page of the export. */
export interface CustomerDataPage {
  customerId: string;
  exportedAt: Date;
  records: ExportedRecord[];
  nextCursor: string | null;
}

/** The next record to read: the kind, and the key of the record before it. */
interface Position {
  kind: number;
  after: string | null;
}

const DEFAULT_SIZE = 500;
const START: Position = { kind: 0, after: null };

type Row = Readonly<Record<string, unknown>>;

/**
 * Exports a customer's data, and that of customers who were merged with this one: a page of records in the order of their kinds. Each page
 * is an entry of the audit trail.
 * @throws PosProError 404 for an unknown or erased customer; 422 for an invalid size; CURSOR_INVALID.
 */
export async function exportCustomerData(
  ctx: RequestContext,
  id: string,
  { cursor, size }: { cursor?: string | null | undefined; size?: number | null | undefined },
): Promise<CustomerDataPage> {
  throwFieldErrors(rangeErrors('size', size ?? DEFAULT_SIZE, 1, MAX_PAGE_SIZE));
  return transact(ctx, async (tx) => {
    const { id: customerId } = await requireCustomer(tx, id);
    const merged = await tx.many<{ id: string }>(sql`
      select id from customers where organization_id = ${tx.organizationId} and merged_into_id = ${customerId}::uuid`);
    const ids = [customerId, ...merged.map((one) => one.id)];
    const start = cursor == null ? START : decodeCursor(cursor);
    const { records, next } = await readPage(tx, ids, start, size ?? DEFAULT_SIZE);
    return { customerId, exportedAt: tx.now, records, nextCursor: next && encodeCursor(next) };
  });
}

/** Reads records of one kind after the other until the page is full. */
async function readPage(
  tx: Transaction,
  customerIds: readonly string[],
  start: Position,
  size: number,
): Promise<{ records: ExportedRecord[]; next: Position | null }> {
  const records: ExportedRecord[] = [];
  let after = start.after;
  for (let kind = start.kind; kind < RECORDS_OF_CUSTOMERS.length; kind += 1) {
    const room = size - records.length;
    const definition = RECORDS_OF_CUSTOMERS[kind]!;
    // One more than there is room for shows whether the page ends here.
    const rows = await readRows(tx, definition, customerIds, { after, limit: room + 1 });
    const shown = rows.slice(0, room);
    records.push(...(await withParts(tx, definition, shown)));
    if (rows.length > room)
      return { records, next: { kind, after: keyOf(definition, shown.at(-1)) ?? after } };
    after = null;
  }
  return { records, next: null };
}

function readRows(
  tx: Transaction,
  { table, where, key }: CustomerRecords,
  customerIds: readonly string[],
  { after, limit }: { after: string | null; limit: number },
): Promise<Row[]> {
  const from = after === null ? sql`true` : sql`t.${raw(key)} > ${after}::uuid`;
  return tx.many<Row>(sql`
    select ${table.select('t')} from ${raw(table.name)} t
    where t.organization_id = ${tx.organizationId}::uuid and ${where(customerIds)} and ${from}
    order by t.${raw(key)} limit ${limit}`);
}

async function withParts(
  tx: Transaction,
  { kind, key, parts = {} }: CustomerRecords,
  rows: readonly Row[],
): Promise<ExportedRecord[]> {
  const keys = rows.map((row) => keyOf({ key }, row)!);
  const found: [name: string, rows: ReadonlyMap<string, Row[]>][] = [];
  for (const [name, { table, of, order }] of keys.length === 0 ? [] : Object.entries(parts)) {
    const partRows = await tx.many<Row>(sql`
      select ${table.select('t')} from ${raw(table.name)} t
      where t.organization_id = ${tx.organizationId}::uuid and t.${raw(of)} = any(${keys}::uuid[]) order by ${raw(order)}`);
    found.push([snake(name), groupBy(partRows, (row) => keyOf({ key: of }, row)!)]);
  }
  return rows.map((row, index) => {
    const ofRecord = found.map(
      ([name, byKey]) => [name, (byKey.get(keys[index]!) ?? []).map(columnsOf)] as const,
    );
    return { kind, data: { ...columnsOf(row), ...Object.fromEntries<Row[]>(ofRecord) } };
  });
}

/** The columns of a row by their names in the database. Values in JSON keep their own names. */
function columnsOf(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [snake(name), value]));
}

/** The key of a row. */
function keyOf({ key }: Pick<CustomerRecords, 'key'>, row: Row | undefined): string | undefined {
  const entry = row && Object.entries(row).find(([name]) => snake(name) === key);
  return entry?.[1] as string | undefined;
}

function encodeCursor({ kind, after }: Position): string {
  return Buffer.from(JSON.stringify([RECORDS_OF_CUSTOMERS[kind]!.kind, after])).toString('base64url');
}

/** @throws PosProError CURSOR_INVALID */
function decodeCursor(cursor: string): Position {
  try {
    const [name, after] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const kind = RECORDS_OF_CUSTOMERS.findIndex((records) => records.kind === name);
    if (kind >= 0 && (after === null || (typeof after === 'string' && isUuid(after)))) return { kind, after };
  } catch {
    // Falls through to the one error for every invalid cursor.
  }
  throw cursorInvalid();
}
