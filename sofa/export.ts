/** CSV answers, streamed: page after page of a list, so that memory stays bounded whatever the length. */
import { Readable } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { getNamedType, isObjectType } from 'graphql';
import type { RequestContext } from '../kernel/context';
import { PosProError } from '../kernel/errors';
import type { GraphExecutor } from '../kernel/graph/executor';
import { csvHeader, csvRows, isWanted, planCsv, type CsvPlan } from './csv';
import { partOf } from './documents';
import type { BoundOperation } from './engine';
import { VisibleParts } from './visible-parts';
import { snake } from './names';
import type { CsvDialect } from './input/csv-dialect';
import { answerOf } from './problem';

/**
 * Objects fetched at once; large enough to make the fetch cheap, small enough to be held in memory many times over, and to be written as
 * text within a few milliseconds.
 */
const BATCH = 200;

/** How a route answers CSV. */
export interface CsvExport {
  readonly plan: CsvPlan;
  /** Asks for what the columns show. */
  readonly parts: VisibleParts;
  /** The beginning of the file's name: the operation's name. */
  readonly name: string;
}

/** Every GET has CSV, except those that answer a single plain value. */
export function planExport(operation: BoundOperation): CsvExport | undefined {
  const { route, kind, answer } = operation;
  if (route.method !== 'GET' || kind === 'value') return undefined;
  const named = getNamedType(answer);
  const page = kind === 'page' && isObjectType(named) ? named : undefined;
  const rowType = page ? getNamedType(page.getFields().items!.type) : named;
  const plan = planCsv(isObjectType(rowType) ? rowType : undefined, route.csv, `@rest of ${route.operation.field}`);
  const wanted = (path: readonly string[]) => {
    if (!page) return isWanted(plan, path);
    return path[0] === 'items' ? path.length === 1 || isWanted(plan, path.slice(1)) : path[0] === 'next_cursor';
  };
  const parts = new VisibleParts(partOf(operation.document, wanted), operation);
  return { plan, parts, name: snake(route.operation.field).replaceAll('_', '-') };
}

export interface CsvRequest {
  readonly execute: GraphExecutor;
  readonly context: RequestContext;
  readonly variables: Record<string, unknown>;
}

/** What is asked for, and how it is to be written. */
export interface CsvOrder extends CsvRequest {
  readonly dialect: CsvDialect;
}

/**
 * Sends an answer as CSV. The first page is fetched before anything is sent, so that what goes wrong at once is a proper error;
 * what goes wrong later breaks the transfer off, so that no client takes a part for the whole.
 */
export async function sendCsv(reply: FastifyReply, operation: BoundOperation, csv: CsvExport, request: CsvOrder) {
  const batches = operation.kind === 'page' ? pages(operation, csv, request) : once(operation, csv, request);
  const first = await batches.next();
  const name = fileName(csv.name, request);
  reply
    .code(operation.route.status)
    .header('content-type', 'text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${name}"`);
  if (reply.request.method === 'HEAD') return reply.send('');
  return reply.send(Readable.from(text(csv.plan, request.dialect, first, batches), { objectMode: false }));
}

type Batches = AsyncGenerator<readonly unknown[], undefined>;

async function* text(
  plan: CsvPlan,
  dialect: CsvDialect,
  first: IteratorResult<readonly unknown[]>,
  rest: Batches,
): AsyncGenerator<string> {
  yield csvHeader(plan, dialect);
  if (first.done) return;
  const rows = csvRows(plan, first.value, dialect);
  if (rows) yield rows;
  for await (const objects of rest) {
    // Others have their turn between two batches, however many exports run.
    await breathe();
    yield csvRows(plan, objects, dialect);
  }
}

async function* pages(operation: BoundOperation, csv: CsvExport, { execute, context, variables }: CsvRequest): Batches {
  const chosen = variables.page != null || variables.size != null;
  const paging = chosen ? variables : { ...variables, size: BATCH };
  let cursor: unknown = paging.cursor;
  do {
    // A later page is asked for under a context of the same caller; its loaders must not grow with the file.
    context.loaders.clear();
    const asked = cursor == null ? paging : { ...paging, cursor, page: undefined };
    const page = (await fetchBatch(operation, csv, { execute, context, variables: asked })) as {
      items: unknown[];
      next_cursor: unknown;
    };
    if (page.items.length > 0) yield page.items;
    cursor = page.next_cursor;
  } while (cursor != null && !chosen);
  return undefined;
}

async function* once(operation: BoundOperation, csv: CsvExport, request: CsvRequest): Batches {
  const value = await fetchBatch(operation, csv, request);
  yield Array.isArray(value) ? value : [value];
  return undefined;
}

async function fetchBatch(
  operation: BoundOperation,
  csv: CsvExport,
  { execute, context, variables }: CsvRequest,
): Promise<unknown> {
  const { document, key: documentKey } = csv.parts.visibleTo(context).graph;
  const result = await execute({ document, documentKey, variables, context });
  const value = answerOf(result, operation.route.id);
  if (value == null) throw new PosProError('NOT_FOUND', 'There is nothing of the kind.');
  return value;
}

/** `orders-2025-12-01.csv`: the day or the range that was asked for, otherwise today's. */
function fileName(name: string, { variables, context }: CsvRequest): string {
  const days = [variables.date ?? variables.from, variables.to].filter((day): day is string => typeof day === 'string');
  const asked = days.map((day) => day.slice(0, 10)).filter((day) => /^[\w-]+$/.test(day));
  return `${[name, ...(asked.length > 0 ? asked : [context.clock.now().toISOString().slice(0, 10)])].join('-')}.csv`;
}
