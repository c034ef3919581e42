/** The representation of an answer, and its headers. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PosProError } from '#kernel/errors';
import { MAX_COUNTED } from '#kernel/list-totals';
import { TABLE_FORMATS, TABLE_TYPES, type TableFormat } from './export/formats';
import type { OperationInfo } from './supergraph';

export type Representation = 'json' | TableFormat;

/**
 * Chooses between JSON and the formats of tables: by `?format=`, otherwise by `Accept`; defaults to JSON.
 * @param tables whether the route has tables.
 * @param format the query's `format`, if it belongs to the REST layer.
 * @throws PosProError 406 if none is acceptable.
 */
export function chooseRepresentation(
  tables: boolean,
  format: string | readonly string[] | undefined,
  accept: string | undefined,
): Representation {
  const formats = tables ? TABLE_FORMATS : [];
  if (format !== undefined && format !== '') {
    const named = (['json', ...formats] as const).find((one) => one === format);
    if (named) return named;
    throw new PosProError(
      'NOT_ACCEPTABLE',
      `Unknown format "${String(format)}". Known formats: ${['json', ...formats].join(', ')}.`,
    );
  }
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'json';
  const wanted = accept.split(',').map(readRange);
  let chosen: Representation = 'json';
  let best = Math.max(qualityOf(wanted, 'application/json'), qualityOf(wanted, 'application/problem+json'));
  for (const table of formats) {
    const quality = qualityOf(wanted, TABLE_TYPES[table]);
    if (quality > best) [chosen, best] = [table, quality];
  }
  if (best > 0) return chosen;
  const types = ['application/json', ...formats.map((table) => TABLE_TYPES[table])];
  throw new PosProError('NOT_ACCEPTABLE', `This answers ${types.join(', ')}.`);
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

function readRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  return { type, quality: quality ? Number(quality.slice(2)) || 0 : 1 };
}

/** The most exact range that covers the type decides (RFC 9110, 12.5.1). */
function qualityOf(ranges: readonly MediaRange[], type: string): number {
  const covering = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
  for (const range of covering) {
    const found = ranges.find((one) => one.type === range);
    if (found) return found.quality;
  }
  return 0;
}

/** The lifetime and scope of a cached answer. Only public answers may be in a shared cache. */
export function cacheControl(operation: OperationInfo): string {
  if (!operation.cache) return 'no-store';
  const shared = operation.public && operation.cache.scope === 'PUBLIC';
  return `${shared ? 'public' : 'private'}, max-age=${operation.cache.maxAge}`;
}

/** A page in REST names. */
export interface RestPage {
  readonly items: readonly unknown[];
  readonly total: number;
  readonly total_is_estimate: boolean;
  readonly page: number;
  readonly size: number;
  readonly pages: number;
  readonly has_next_page: boolean;
  readonly next_cursor: string | null;
}

/** The changes to the query of another address; null removes a name. */
type Change = Readonly<Record<string, string | null>>;

function queryOf({ url }: FastifyRequest): URLSearchParams {
  return new URLSearchParams(url.split('?', 2)[1]);
}

function linkTo(request: FastifyRequest, relation: string, change: Change): string {
  const query = queryOf(request);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  return `<${request.url.split('?', 1)[0]}?${query.toString()}>; rel="${relation}"`;
}

/** The link to the continuation of a feed. It is always present: later events may come. */
export function feedHeaders(
  reply: FastifyReply,
  request: FastifyRequest,
  answer: { next_cursor: string },
): void {
  reply.header('link', linkTo(request, 'next', { since: answer.next_cursor }));
}

/**
 * The links to the neighbours of a page (RFC 8288). A caller with a cursor gets the next cursor, and so does one on the last page that has a
 * number. The last page of a list with an estimated total is unknown.
 */
export function pageHeaders(reply: FastifyReply, request: FastifyRequest, answer: RestPage): void {
  reply.header('x-total-count', String(answer.total));
  const to = (relation: string, change: Change) => linkTo(request, relation, change);
  const at = (page: number) => ({ page: String(page), cursor: null });
  const links: string[] = [];
  const byCursor = queryOf(request).get('cursor');
  if (byCursor) {
    if (answer.next_cursor) links.push(to('next', { cursor: answer.next_cursor, page: null }));
    links.push(to('first', { cursor: null, page: null }));
  } else {
    if (answer.page * answer.size >= MAX_COUNTED && answer.next_cursor)
      links.push(to('next', { cursor: answer.next_cursor, page: null }));
    else if (answer.page < answer.pages) links.push(to('next', at(answer.page + 1)));
    if (answer.page > 1) links.push(to('prev', at(Math.min(answer.page - 1, Math.max(1, answer.pages)))));
    links.push(to('first', at(1)));
    if (!answer.total_is_estimate) links.push(to('last', at(Math.max(1, answer.pages))));
  }
  reply.header('link', links.join(', '));
}

/** A plain list in the envelope of pages, so that a client reads every list in the same way. */
export function listEnvelope(itemsText: string, count: number): string {
  return `{"items":${itemsText},"total":${count},"total_is_estimate":false,"page":1,"size":${count},"pages":1,"has_next_page":false,"next_cursor":null}`;
}
