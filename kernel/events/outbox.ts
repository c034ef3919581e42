/** Events are stored in a table, in the transaction of the work, until they are published. */
import { MAX_COUNTED, type Waiting } from '../worker-lag';
import {
  empty,
  join,
  sql,
  type IdentifiedEvent,
  type Queryable,
  type Sql,
  type Transaction,
} from '../db/database';
import { outboxEvents, type NewOutboxEvent, type OutboxEventRow } from '../db/tables.generated';
import { PosProError } from '../errors';
import type { PublishedEvent } from './bus';

/** An event before the database assigns its number. */
const NEW_EVENT = outboxEvents.omit('sequence');

/**
 * The statement that writes all events of a transaction, in their order; undefined if there is nothing to write.
 *
 * @param others other writes in the same statement, `name as (…)`.
 */
export function eventsStatement(
  tx: Transaction,
  events: readonly IdentifiedEvent[],
  others: readonly Sql[] = [],
): Sql | undefined {
  const first = others.length === 0 ? empty : sql`with ${join([...others], ', ')}`;
  if (events.length === 0) return others.length === 0 ? undefined : sql`${first} select`;
  const { organizationId, now: at } = tx;
  const rows = events.map(({ id, type, branchId, key, payload }): Omit<NewOutboxEvent, 'sequence'> => {
    return { id, organizationId, branchId, type, key, payload, at };
  });
  return sql`
    ${first}
    insert into outbox_events (${NEW_EVENT.columns}) select ${NEW_EVENT.values('event')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as event (${NEW_EVENT.definitions})`;
}

/**
 * A place in the stream of events: the transaction, and the event's number within it. Transactions are numbered
 * as they begin to
 * write and commit in any order; only those before every running one are final, and only they are read. So this
 * order is final, and nothing ever appears before a position that has been read.
 */
export interface Position {
  /** The transaction's number in cursors: `pospro_cursor_number` of its xid. */
  xid: string;
  sequence: number;
}

interface OutboxRow extends OutboxEventRow {
  xidText: string;
}

/** The position after all currently readable events. */
export async function presentEnd(db: Queryable): Promise<Position> {
  const row = await db.one<{ xid: string }>(
    sql`select pospro_cursor_number(pospro_outbox_horizon())::text as xid`,
  );
  // The oldest running transaction comes after it: its events are numbered from 1.
  return { xid: row.xid, sequence: 0 };
}

/** The selection of events to read. */
export interface Reading {
  after: Position;
  /** Maximum number of events. */
  limit: number;
  /** Optional; defaults to all organizations. */
  organizationId?: string;
  /** Only events of these types. Optional; defaults to all. */
  types?: readonly string[] | undefined;
  /**
   * The precision with which running transactions are determined. The cheap way lets a long transaction in another
   * database of the server block events; the thorough way does not.
   */
  thorough: boolean;
}

/** The events after a position, oldest first. */
export async function readAfter(
  db: Queryable,
  reading: Reading,
): Promise<{ event: PublishedEvent; position: Position }[]> {
  const { after, limit, organizationId = null } = reading;
  const horizon = reading.thorough
    ? sql`(select pospro_outbox_horizon())`
    : sql`pg_snapshot_xmin(pg_current_snapshot())`;
  const only = organizationId === null ? empty : sql`and organization_id = ${organizationId}`;
  const typed = reading.types === undefined ? empty : sql`and type = any(${[...reading.types]}::text[])`;
  const rows = await db.many<OutboxRow>(sql`
    select ${EVENT_COLUMNS} from outbox_events
    where (xid, sequence) > (pospro_cursor_xid(${after.xid}), ${after.sequence}::bigint)
      and xid < ${horizon} ${only} ${typed}
    order by xid, sequence limit ${limit}`);
  return rows.map(published);
}

/**
 * The transaction number is renamed: `order by xid` would otherwise sort the text, in which 1000 comes before
 * 999.
 */
const EVENT_COLUMNS = sql`${outboxEvents.columns}, pospro_cursor_number(xid)::text as xid_text`;

function published({ xidText, sequence, branchId, ...event }: OutboxRow): {
  event: PublishedEvent;
  position: Position;
} {
  const position = { xid: xidText, sequence };
  return { position, event: { ...event, branchId: branchId ?? undefined, cursor: formatCursor(position) } };
}

/** The committed events after a position, including those blocked by a running transaction. The count is bounded. */
export function waitingAfter(db: Queryable, { xid, sequence }: Position): Promise<Waiting> {
  return db.one<Waiting>(sql`
    select count(*) as waiting, extract(epoch from now() - min(at))::float8 as oldest_seconds
    from (
      select at from outbox_events where (xid, sequence) > (pospro_cursor_xid(${xid}), ${sequence}::bigint)
      order by xid, sequence limit ${MAX_COUNTED}
    ) as waiting`);
}

/**
 * One organization's events since a cursor, for reconnecting subscribers and integrators.
 *
 * @param since the cursor of the last event seen; undefined starts with the oldest stored event.
 * @returns the events, and the cursor to continue from, which is present even without events.
 * @param types only events of these types. Optional; defaults to all.
 * @throws PosProError CURSOR_INVALID for an invalid cursor, CURSOR_EXPIRED if later events are no longer stored.
 */
export async function readEvents(
  db: Queryable,
  organizationId: string,
  since: string | undefined,
  limit: number,
  types?: readonly string[],
): Promise<{ events: PublishedEvent[]; cursor: string }> {
  const after = since === undefined ? { xid: '0', sequence: 0 } : parseCursor(since);
  const found = await readAfter(db, { after, limit, organizationId, types, thorough: true });
  // Checked after reading, so that events deleted in between are noticed.
  if (since !== undefined) await requireKept(db, organizationId, after);
  const last = found.at(-1)?.position ?? after;
  return { events: found.map(({ event }) => event), cursor: formatCursor(last) };
}

/** Number of events on either side of a cursor that are compared. Transactions overtake each other within moments. */
const NEIGHBOURS = 1_000;

/**
 * The events up to a cursor whose state is newer than that of an event after the cursor (see `isNewerState`),
 * so that a reconnecting subscriber never receives an older state. They are rare.
 *
 * @returns the oldest state first.
 */
export async function readNewerStates(
  db: Queryable,
  organizationId: string,
  cursor: string,
  types: readonly string[],
): Promise<PublishedEvent[]> {
  const { xid, sequence } = parseCursor(cursor);
  // A transaction after the cursor that had the row earlier has committed, even if the stream's order still
  // blocks it.
  const rows = await db.many<OutboxRow>(sql`
    select ${EVENT_COLUMNS} from (
      select * from outbox_events
      where organization_id = ${organizationId} and (xid, sequence) <= (pospro_cursor_xid(${xid}), ${sequence}::bigint)
      order by xid desc, sequence desc limit ${NEIGHBOURS}
    ) as told
    where type = any(${[...types]}::text[]) and sequence > (
      select min(sequence) from (
        select sequence from outbox_events
        where organization_id = ${organizationId} and (xid, sequence) > (pospro_cursor_xid(${xid}), ${sequence}::bigint)
        order by xid, sequence limit ${NEIGHBOURS}
      ) as untold)
    order by told.sequence`);
  return rows.map((row) => published(row).event);
}

/** The cursor of the present end: a subscriber from there receives only future events. */
export async function presentCursor(db: Queryable): Promise<string> {
  return formatCursor(await presentEnd(db));
}

/**
 * Housekeeping stores for each organization the position of its newest deleted event: all later events are
 * present. A cursor from before the data was restored on another server counts that server's transactions: it is below the offset
 * of a restored backup, or in the future of this server, and would return nothing.
 */
async function requireKept(
  db: Queryable,
  organizationId: string,
  { xid, sequence }: Position,
): Promise<void> {
  const gone = await db.maybeOne(sql`
    select 1 as gone
    where ${xid}::numeric < pospro_cursor_offset() or pospro_cursor_xid(${xid}) > pg_snapshot_xmax(pg_current_snapshot()) or exists (
      select from outbox_floors
      where organization_id = ${organizationId} and (xid, sequence) > (pospro_cursor_xid(${xid}), ${sequence}::bigint))`);
  if (gone) {
    throw new PosProError(
      'CURSOR_EXPIRED',
      'Events after this cursor are no longer kept. Read the current state, then continue without a cursor.',
    );
  }
}

/**
 * Whether the event of one cursor comes after that of another.
 * @throws PosProError CURSOR_INVALID
 */
export function isLater(cursor: string, than: string): boolean {
  const [one, other] = [parseCursor(cursor), parseCursor(than)];
  const [xid, otherXid] = [BigInt(one.xid), BigInt(other.xid)];
  return xid === otherXid ? one.sequence > other.sequence : xid > otherXid;
}

/**
 * Whether of two events with the same key the first has the later state, by their cursors. The stream is
 * ordered by the start of the transactions; a transaction that began early and then waited for a row comes
 * before the one that it waited for. The number within a cursor is drawn when a transaction has all its rows,
 * and so shows which of the two had the row last.
 * @throws PosProError CURSOR_INVALID
 */
export function isNewerState(cursor: string, than: string): boolean {
  return parseCursor(cursor).sequence > parseCursor(than).sequence;
}

function formatCursor(position: Position): string {
  return `${position.xid}-${position.sequence}`;
}

const CURSOR_TEXT = /^(\d{1,19})-(\d{1,15})$/;

function parseCursor(text: string): Position {
  const match = CURSOR_TEXT.exec(text);
  if (!match)
    throw new PosProError('CURSOR_INVALID', `"${text.slice(0, 60)}" is not a cursor of this stream.`);
  return { xid: match[1]!, sequence: Number(match[2]) };
}
