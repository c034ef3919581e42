/** Tables as answers, streamed: page by page of a list, so that memory stays bounded whatever the length. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { getNamedType, isObjectType } from 'graphql';
import type { RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import type { GraphExecutor } from '#kernel/graph/executor';
import { MAX_PAGE_SIZE } from '#kernel/paging';
import { readAhead } from '#kernel/read-ahead';
import { partOf } from '../documents';
import type { BoundOperation } from '../sofa-handlers';
import { snake } from '../casing';
import { answerOf } from '../problem';
import { VisibleParts } from '../visible-parts';
import { csvWriter } from './csv';
import type { CsvDialect } from './csv-dialect';
import { TABLE_TYPES, type TableFormat } from './formats';
import { isWanted, planTable, type TablePlan } from './table-plan';
import type { TableWriter } from './table-writer';
import { xlsxWriter } from './xlsx';

/** Objects of the first fetch: few, so that the first byte is sent soon. */
const FIRST_BATCH = 100;
/**
 * Objects per fetch; enough to make the fetch cheap, few enough to fit in memory many times, and to be written
 * as text within some milliseconds.
 */
const BATCH = 400;

/** The tables of a route. */
export interface TableExport {
  readonly plan: TablePlan;
  /** Selects the fields of the columns. */
  readonly parts: VisibleParts;
  /** The same, and on a page also the total. */
  readonly countedParts: VisibleParts;
  /** The start of the file's name: the operation's name. */
  readonly name: string;
}

/** Every GET has tables, except those that answer a single plain value. */
export function planExport(operation: BoundOperation): TableExport | undefined {
  const { route, kind, answer } = operation;
  if (route.method !== 'GET' || kind === 'value') return undefined;
  const named = getNamedType(answer);
  const page = kind === 'page' && isObjectType(named) ? named : undefined;
  const rowType = page ? getNamedType(page.getFields().items!.type) : named;
  const plan = planTable(
    isObjectType(rowType) ? rowType : undefined,
    route.csv,
    `@rest of ${route.operation.field}`,
  );
  const partsWith = (...ofPage: readonly string[]) => {
    const wanted = (path: readonly string[]) => {
      if (!page) return isWanted(plan, path);
      return path[0] === 'items'
        ? path.length === 1 || isWanted(plan, path.slice(1))
        : ofPage.includes(path[0]!);
    };
    return new VisibleParts(partOf(operation.document, wanted), operation);
  };
  return {
    plan,
    parts: partsWith('next_cursor'),
    countedParts: partsWith('next_cursor', 'total'),
    name: snake(route.operation.field).replaceAll('_', '-'),
  };
}

interface TableRequest {
  readonly execute: GraphExecutor;
  readonly context: RequestContext;
  readonly variables: Record<string, unknown>;
}

/** The requested data and format. */
export interface TableOrder extends TableRequest {
  readonly format: TableFormat;
  readonly dialect: CsvDialect;
}

/**
 * Sends an answer as a table. The first page is fetched and written before anything is sent, so that an early
 * error is a proper answer; a later error aborts the transfer, so that no client mistakes a part for the whole.
 */
export async function sendExport(
  reply: FastifyReply,
  operation: BoundOperation,
  table: TableExport,
  order: TableOrder,
) {
  const writer = writerOf(table, order);
  const text = written(
    writer,
    operation.kind === 'page'
      ? readAhead(pages(operation, table, order, writer))
      : once(operation, table, order),
  );
  const first = await text.next();
  reply
    .code(operation.route.status)
    .header(
      'content-type',
      order.format === 'csv' ? `${TABLE_TYPES.csv}; charset=utf-8; header=present` : TABLE_TYPES.xlsx,
    )
    .header('content-disposition', `attachment; filename="${fileName(table.name, order)}"`);
  if (reply.request.method !== 'HEAD') return reply.send(writer.file(resumed(first, text)));
  await text.return(undefined);
  return reply.send('');
}

function writerOf({ plan, name }: TableExport, { format, dialect, context }: TableOrder): TableWriter {
  return format === 'csv' ? csvWriter(plan, dialect) : xlsxWriter(plan, name, context.clock.now());
}

type Batches = AsyncGenerator<readonly unknown[], undefined>;
type Text = AsyncGenerator<string, undefined>;

async function* written(writer: TableWriter, batches: Batches): Text {
  const first = await batches.next();
  yield writer.start() + (first.done ? '' : writer.rows(first.value));
  for await (const objects of batches) {
    // Other requests run between two batches, however many exports run.
    await breathe();
    yield writer.rows(objects);
  }
  yield writer.end();
  return undefined;
}

/** A text including its first piece, which was read before. */
async function* resumed(first: IteratorResult<string>, rest: Text): Text {
  if (!first.done) yield first.value;
  yield* rest;
  return undefined;
}

interface TablePage {
  readonly items: readonly unknown[];
  readonly next_cursor: unknown;
  readonly total?: number;
}

async function* pages(
  operation: BoundOperation,
  table: TableExport,
  order: TableOrder,
  writer: TableWriter,
): Batches {
  const { execute, context, variables } = order;
  const chosen = variables.page != null || variables.size != null;
  let cursor: unknown = variables.cursor;
  // A list without cursors answers one page.
  const follows = operation.arguments.some(({ name }) => name === 'cursor');
  let paging = chosen ? variables : { ...variables, size: follows ? FIRST_BATCH : MAX_PAGE_SIZE };
  // Counting a list costs as much as fetching a page of it; CSV has no limit to check. From a cursor on, the
  // rest is unknown.
  let parts = cursor != null || chosen || order.format === 'csv' ? table.parts : table.countedParts;
  do {
    // A later page is fetched in a new context of the same caller, whose loaders do not grow with the file.
    context.loaders.clear();
    const page = (await fetchBatch(operation, parts, { execute, context, variables: paging })) as TablePage;
    if (page.total !== undefined) writer.checkTotal(page.total);
    parts = table.parts;
    if (page.items.length > 0) yield page.items;
    cursor = page.next_cursor;
    paging = { ...variables, size: BATCH, cursor, page: undefined };
  } while (cursor != null && !chosen);
  return undefined;
}

async function* once(operation: BoundOperation, { parts }: TableExport, request: TableRequest): Batches {
  const value = await fetchBatch(operation, parts, request);
  yield Array.isArray(value) ? value : [value];
  return undefined;
}

async function fetchBatch(
  operation: BoundOperation,
  parts: VisibleParts,
  { execute, context, variables }: TableRequest,
): Promise<unknown> {
  const { document, key: documentKey } = parts.visibleTo(context).graph;
  const result = await execute({ document, documentKey, variables, context });
  const value = answerOf(result, operation.route.id);
  if (value == null) throw new PosProError('NOT_FOUND', 'Not found.');
  return value;
}

/** `orders-2025-12-01.csv`: the requested day or range, otherwise today. */
function fileName(name: string, { variables, context, format }: TableOrder): string {
  const days = [variables.date ?? variables.from, variables.to].filter(
    (day): day is string => typeof day === 'string',
  );
  const asked = days.map((day) => day.slice(0, 10)).filter((day) => /^[\w-]+$/.test(day));
  return `${[name, ...(asked.length > 0 ? asked : [context.clock.now().toISOString().slice(0, 10)])].join('-')}.${format}`;
}
