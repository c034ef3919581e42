/** Parked sales: baskets parked at one till of a branch and recalled at any till of the branch. */
import { organizationOf, userOf } from '#kernel/auth/access';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { revive, tag } from '#kernel/db/idempotency';
import { transact } from '#kernel/db/transact';
import { notFound } from '#kernel/errors';
import { foldText } from '#kernel/fold-text.rules';
import { isUuid } from '#kernel/ids';
import { containsWords, listPage, sameId, type Page } from '#kernel/paging';
import { branchOf } from '#subgraphs/auth/index';
import type { CheckoutInput, ParkBasketInput, QueryParkedBasketsArgs } from '../inputs.generated';
import { calculateCheckout } from '../sale/checkout-preview';
import { parkedBaskets as parkedBasketTable, type ParkedBasketRow } from '../tables.generated';

/** The stored part of a basket: everything except its payments. */
export type StoredBasket = Pick<CheckoutInput, 'items' | 'discount' | 'customerId' | 'note'>;

/** A parked basket. */
export interface ParkedBasket extends Omit<ParkedBasketRow, 'basket'> {
  basket: StoredBasket;
}

const toParkedBasket = (row: ParkedBasketRow): ParkedBasket => ({
  ...row,
  basket: revive(row.basket) as StoredBasket,
});

/**
 * Parks a basket. Reserves no stock.
 * @throws PosProError as `calculateCheckout`.
 */
export async function parkBasket(ctx: RequestContext, input: ParkBasketInput): Promise<ParkedBasket> {
  throwFieldErrors(textErrors('label', input.label, { max: 100 }));
  const { items, discount, customerId, note, label, registerId } = input;
  const basket: StoredBasket = {
    items,
    discount: discount ?? null,
    customerId: customerId ?? null,
    note: note ?? null,
  };
  const trimmedLabel = (label ?? '').trim();
  const quote = await calculateCheckout(ctx, { ...basket, registerId: registerId ?? null });
  const work = async (tx: Transaction) => {
    const insertBasket = parkedBasketTable.insert({
      id: ctx.ids.next(),
      organizationId: tx.organizationId,
      branchId: quote.terms.branchId,
      registerId: registerId != null && isUuid(registerId) ? registerId : null,
      label: trimmedLabel === '' ? null : trimmedLabel,
      searchKey: foldText(trimmedLabel),
      customerId: customerId != null && isUuid(customerId) ? customerId : null,
      basket: tag(basket),
      itemCount: items.length,
      total: quote.total,
      currency: quote.terms.currency,
      parkedBy: userOf(ctx),
      parkedAt: tx.now,
    });
    const row = await tx.one<ParkedBasketRow>(sql`${insertBasket} returning *`);
    tx.emit({
      type: 'basket.parked',
      branchId: row.branchId,
      key: row.id,
      payload: { basketId: row.id },
    });
    return toParkedBasket(row);
  };
  return transact(ctx, work, { idempotent: { operation: 'parkBasket', input } });
}

/** Lists the parked baskets of a branch, the latest first. */
export async function parkedBaskets(
  ctx: RequestContext,
  filter: QueryParkedBasketsArgs,
): Promise<Page<ParkedBasket>> {
  const branchId = branchOf(ctx, filter.branchId);
  const where = [
    sql`b.organization_id = ${organizationOf(ctx)}::uuid`,
    ...sameId(sql`b.branch_id`, branchId),
    ...containsWords(sql`b.search_key`, filter.search),
  ];
  const list = {
    select: sql`b.*`,
    from: sql`parked_baskets b`,
    where,
    sorts: { parkedAt: sql`b.parked_at`, total: sql`b.total` },
    defaultSort: '-parkedAt',
    id: sql`b.id`,
  };
  const page = await listPage<ParkedBasketRow>(ctx.db, list, filter);
  return { ...page, items: page.items.map(toParkedBasket) };
}

/**
 * Recalls a basket and removes it. Of several concurrent requests, only one gets it.
 * @throws PosProError 404 for a basket that is unknown or was recalled already.
 */
export async function recallBasket(ctx: RequestContext, id: string): Promise<ParkedBasket> {
  const idempotent = { operation: 'recallBasket', input: { id: id.toLowerCase() } };
  return transact(
    ctx,
    async (tx) => {
      const row = isUuid(id)
        ? await tx.maybeOne<ParkedBasketRow>(sql`delete from parked_baskets where id = ${id} returning *`)
        : undefined;
      if (!row) throw notFound('parked basket', id);
      tx.emit({
        type: 'basket.recalled',
        branchId: row.branchId,
        key: row.id,
        payload: { basketId: row.id },
      });
      return toParkedBasket(row);
    },
    { idempotent },
  );
}

/** Discards a basket. @throws PosProError 404 */
export async function discardBasket(ctx: RequestContext, id: string): Promise<ParkedBasket> {
  return transact(ctx, async (tx) => {
    const row = isUuid(id)
      ? await tx.maybeOne<ParkedBasketRow>(sql`delete from parked_baskets where id = ${id} returning *`)
      : undefined;
    if (!row) throw notFound('parked basket', id);
    return toParkedBasket(row);
  });
}
