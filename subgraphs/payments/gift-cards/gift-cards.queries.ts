import { mayAccess } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { PosProError } from '#kernel/errors';
import { groupBy } from '#kernel/collections';
import { isUuid } from '#kernel/ids';
import { NEWEST_ENTRY_FIRST, listPage, sameId, type Page, type PageArgs } from '#kernel/paging';
import { ofCustomer } from '#subgraphs/customers/index';
import type { QueryGiftCardsArgs } from '../inputs.generated';
import { giftCardEntries, giftCards, type GiftCardEntryRow, type GiftCardRow } from '../tables.generated';
import { assertMayEnterCodes, countWrongCodes, giftCardCodeHash } from './gift-card-codes';
import { giftCardStatus, UNUSABLE_MESSAGES } from './gift-card-state.rules';

/** An entry with the currency of its card. */
export type GiftCardEntry = GiftCardEntryRow & Pick<GiftCardRow, 'currency'>;

/** Callers with this permission see all gift cards; others see those whose codes they know. */
const SEES_ALL = 'payments:read';

/** Gift cards by their ids. */
export function giftCardsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, GiftCardRow>> {
  return rowsByIds(db, giftCards, ids);
}

/** @throws PosProError 404. */
export function requireGiftCard(db: Queryable, id: string): Promise<GiftCardRow> {
  return requireRow(db, giftCards, 'gift card', id);
}

/** The gift cards that orders sold or refunded money to, by the order's id, the oldest first. */
export async function giftCardsOfOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, GiftCardRow[]>> {
  const uuids = orderIds.filter(isUuid);
  const rows = await db.many<GiftCardRow>(
    sql`select ${giftCards.select('g')} from gift_cards g where g.order_id = any(${uuids}::uuid[]) order by g.id`,
  );
  return groupBy(rows, ({ orderId }) => orderId!);
}

/** Locks the gift cards that lines sold until the commit, in the order of their ids. */
export function lockGiftCardsOfLines(tx: Queryable, lineIds: readonly string[]): Promise<GiftCardRow[]> {
  return tx.many<GiftCardRow>(sql`
    select ${giftCards.select('g')} from gift_cards g
    where g.order_line_id = any(${lineIds}::uuid[]) order by g.id for no key update`);
}

/** The ids of the gift cards that paid, by the id of the payment. */
export async function giftCardsOfPayments(
  db: Queryable,
  paymentIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.many<{ paymentId: string; giftCardId: string }>(sql`
    select e.payment_id, e.gift_card_id from gift_card_entries e
    where e.payment_id = any(${paymentIds}::uuid[]) and e.kind = 'redemption'`);
  return new Map(rows.map(({ paymentId, giftCardId }) => [paymentId, giftCardId]));
}

/**
 * The gift cards with these codes, in the order of the codes; undefined for a wrong one. Wrong codes are counted.
 * @throws PosProError 429 RATE_LIMITED for a caller who has entered too many wrong codes.
 */
export async function giftCardsByCodes(
  ctx: RequestContext,
  db: Queryable,
  codes: readonly string[],
): Promise<(GiftCardRow | undefined)[]> {
  await assertMayEnterCodes(ctx);
  const hashes = codes.map(giftCardCodeHash);
  const known = hashes.filter((hash) => hash !== undefined);
  const rows = await db.many<GiftCardRow>(
    sql`select ${giftCards.select('g')} from gift_cards g where g.code_hash = any(${known}::text[])`,
  );
  const cards = hashes.map((hash) => rows.find((row) => row.codeHash === hash));
  await countWrongCodes(ctx, cards.filter((card) => card?.disabledAt !== null).length);
  return cards;
}

/**
 * The gift card with a code; for callers who may see all cards also with an id. For others a disabled card does not exist.
 * @throws PosProError 404; 429 RATE_LIMITED for a caller who has entered too many wrong codes.
 */
export async function giftCard(ctx: RequestContext, code: string): Promise<GiftCardRow> {
  const seesAll = mayAccess(ctx, [SEES_ALL]);
  if (seesAll && isUuid(code)) return requireGiftCard(ctx.db, code);
  const [card] = await giftCardsByCodes(ctx, ctx.db, [code]);
  if (card && (seesAll || giftCardStatus(card, ctx.clock.now()) !== 'disabled')) return card;
  throw new PosProError('NOT_FOUND', UNUSABLE_MESSAGES.UNKNOWN);
}

/** A page of the gift cards, the newest first by default. */
export function listGiftCards(ctx: RequestContext, filter: QueryGiftCardsArgs): Promise<Page<GiftCardRow>> {
  return listPage<GiftCardRow>(
    ctx.db,
    {
      select: giftCards.select('g'),
      from: sql`gift_cards g`,
      where: conditions(filter, ctx.clock.now()),
      sorts: { createdAt: sql`g.created_at` },
      updatedAt: sql`g.updated_at`,
      defaultSort: '-createdAt',
      id: sql`g.id`,
    },
    filter,
  );
}

function conditions({ customerId, orderId, lastFour, status }: QueryGiftCardsArgs, now: Date): Sql[] {
  const where = [...ofCustomer(sql`g.customer_id`, customerId), ...sameId(sql`g.order_id`, orderId)];
  if (lastFour != null) where.push(sql`g.last_four = ${lastFour.trim().toUpperCase()}`);
  const isExpired = sql`coalesce(g.expires_at <= ${now}, false)`;
  if (status === 'disabled') where.push(sql`g.disabled_at is not null`);
  if (status === 'expired') where.push(sql`g.disabled_at is null and ${isExpired}`);
  if (status === 'active') where.push(sql`g.disabled_at is null and not ${isExpired}`);
  return where;
}

/** A page of the entries of a gift card, the newest first. */
export function listGiftCardEntries(
  db: Queryable,
  { id }: GiftCardRow,
  args: PageArgs,
): Promise<Page<GiftCardEntry>> {
  return listPage<GiftCardEntry>(
    db,
    {
      select: sql`${giftCardEntries.select('e')}, g.currency`,
      from: sql`gift_card_entries e join gift_cards g on g.id = e.gift_card_id`,
      where: [sql`e.gift_card_id = ${id}`],
      ...NEWEST_ENTRY_FIRST,
    },
    args,
  );
}
