/**
 * Taking and releasing the uses and budgets of campaigns and codes, inside the transaction of an order. Each head row is changed by one
 * guarded UPDATE that also inserts its entry, so the last use is given to one order, whatever else runs at the same time. Rows are
 * locked in the order of their ids: codes first, then campaigns, then the counts by customer.
 */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { campaignEntries } from '../tables.generated';

/** A discount of an order. */
export interface DiscountUse {
  readonly campaignId: string;
  readonly codeId: string | null;
  /** Not negative. */
  readonly amount: Decimal;
}

/** An order that takes or releases discounts. */
export interface DiscountedOrder {
  readonly orderId: string;
  readonly customerId: string | null;
}

interface LimitedRow {
  readonly id: string;
  readonly usesPerCustomer: number | null;
}

const ENTRY = campaignEntries.omit('organizationId', 'campaignId', 'number', 'usesAfter', 'spentAfter');

/**
 * Takes one use and the amount of each discount. Sends nothing without discounts.
 * @param keys of the customer; see `customerKeys`.
 * @throws PosProError 422 DISCOUNT_EXHAUSTED with the campaign in its details, if another order took the last use or the rest of the
 * budget since the basket was priced, or the campaign has ended.
 */
export async function takeDiscounts(
  tx: Transaction,
  ctx: RequestContext,
  { orderId, customerId }: DiscountedOrder,
  keys: readonly string[],
  uses: readonly DiscountUse[],
): Promise<void> {
  if (uses.length === 0) return;
  // 1. Codes
  const codeIds = uses.flatMap(({ codeId }) => codeId ?? []);
  const codes = codeIds.length === 0 ? [] : await takeCodes(tx, codeIds);
  // 2. Campaigns
  const rows = uses.map((use) => ({ ...use, id: ctx.ids.next(), uses: 1 }));
  const campaigns = await changeCampaigns(tx, rows, { orderId, customerId, customerKeys: [...keys] }, true);
  const missing = uses.find(
    ({ campaignId, codeId }) =>
      !campaigns.some(({ id }) => id === campaignId) ||
      (codeId !== null && !codes.some(({ id }) => id === codeId)),
  );
  if (missing) throw exhausted(missing.campaignId);
  // 3. Counts by customer
  for (const { id, usesPerCustomer } of [...codes, ...campaigns]) {
    if (usesPerCustomer === null) continue;
    const taken = await takeForCustomer(tx, id, keys, usesPerCustomer);
    const use = uses.find(({ campaignId, codeId }) => campaignId === id || codeId === id)!;
    if (!taken) throw exhausted(use.campaignId);
  }
}

/**
 * Releases amounts of an order's discounts.
 * @param undoesUses whether nothing of the order remains: then its uses are released, too.
 */
export async function releaseDiscounts(
  tx: Transaction,
  ctx: RequestContext,
  { orderId, customerId }: DiscountedOrder,
  released: readonly DiscountUse[],
  undoesUses: boolean,
): Promise<void> {
  const taken = undoesUses ? await usesOfOrder(tx, orderId) : [];
  const amounts = new Map(released.map((use) => [use.campaignId, use]));
  const campaignIds = [...new Set([...amounts.keys(), ...taken.map(({ campaignId }) => campaignId)])];
  if (campaignIds.length === 0) return;
  const codeIds = taken.flatMap(({ codeId }) => codeId ?? []);
  if (codeIds.length > 0) {
    await tx.run(sql`
      with locked as (select id from discount_codes where id = any(${codeIds}::uuid[]) order by id for no key update)
      update discount_codes c set uses = c.uses - 1 from locked where c.id = locked.id`);
  }
  const takenByCampaign = new Map(taken.map((entry) => [entry.campaignId, entry]));
  const rows = campaignIds.map((campaignId) => ({
    id: ctx.ids.next(),
    campaignId,
    codeId: amounts.get(campaignId)?.codeId ?? takenByCampaign.get(campaignId)?.codeId ?? null,
    amount: amounts.get(campaignId)?.amount.negated() ?? '0',
    uses: takenByCampaign.has(campaignId) ? -1 : 0,
  }));
  // The customer may have been merged with another one since.
  const customerKeys = (taken[0]?.customerKeys ?? []).map((key) => (isUuid(key) ? (customerId ?? key) : key));
  await changeCampaigns(tx, rows, { orderId, customerId, customerKeys }, false);
  if (customerKeys.length === 0) return;
  await tx.run(sql`
    update customer_uses set uses = uses - 1
    where subject_id = any(${[...codeIds, ...takenByCampaign.keys()]}::uuid[]) and customer_key = any(${customerKeys}::text[]) and uses > 0`);
}

/** Takes a use of each code. @returns those that had one. */
function takeCodes(tx: Transaction, ids: readonly string[]): Promise<LimitedRow[]> {
  return tx.many<LimitedRow>(sql`
    with locked as (select id from discount_codes where id = any(${ids}::uuid[]) order by id for no key update)
    update discount_codes c set uses = c.uses + 1 from locked
    where c.id = locked.id and (c.uses_limit is null or c.uses < c.uses_limit)
    returning c.id, c.uses_per_customer`);
}

interface CampaignChange {
  /** Of the entry. */
  readonly id: string;
  readonly campaignId: string;
  readonly codeId: string | null;
  readonly amount: Decimal | string;
  readonly uses: number;
}

/** Changes the uses and amounts of campaigns, with an entry each. @param guarded whether limits apply. @returns the changed campaigns. */
function changeCampaigns(
  tx: Transaction,
  changes: readonly CampaignChange[],
  order: { orderId: string; customerId: string | null; customerKeys: readonly string[] },
  guarded: boolean,
): Promise<LimitedRow[]> {
  const rows = changes.map((change) => ({ ...change, ...order, createdAt: tx.now }));
  return tx.many<LimitedRow>(sql`
    with change as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x ("campaignId" uuid, ${ENTRY.definitions})
    ), locked as (
      select c.id from campaigns c where c.id in (select "campaignId" from change) order by c.id for no key update
    ), campaign as (
      update campaigns c set uses = c.uses + d.uses, spent = c.spent + d.amount, entries = c.entries + 1
      from locked join change d on d."campaignId" = locked.id
      where c.id = locked.id and (not ${guarded}::boolean or (
        c.status = 'active' and c.deleted_at is null and (c.uses_limit is null or c.uses < c.uses_limit)
        and (c.budget is null or c.spent + d.amount <= c.budget)))
      returning c.id, c.organization_id, c.entries, c.uses, c.spent, c.uses_per_customer
    ), entry as (
      insert into campaign_entries (organization_id, campaign_id, number, uses_after, spent_after, ${ENTRY.columns})
      select campaign.organization_id, campaign.id, campaign.entries, campaign.uses, campaign.spent, ${ENTRY.values('d')}
      from campaign join change d on d."campaignId" = campaign.id
    )
    select id, uses_per_customer from campaign`);
}

/** Counts a use for each key of a customer. @returns whether none of them had reached the limit. */
async function takeForCustomer(
  tx: Transaction,
  subjectId: string,
  keys: readonly string[],
  limit: number,
): Promise<boolean> {
  if (keys.length === 0) return false;
  const counted = await tx.many(sql`
    insert into customer_uses (organization_id, subject_id, customer_key, uses)
    select ${tx.organizationId}::uuid, ${subjectId}::uuid, key, 1 from unnest(${keys}::text[]) as key order by key
    on conflict (organization_id, subject_id, customer_key) do update set uses = customer_uses.uses + 1
    where customer_uses.uses < ${limit}
    returning customer_key`);
  return counted.length === keys.length;
}

interface TakenUse {
  readonly campaignId: string;
  readonly codeId: string | null;
  readonly customerKeys: string[];
}

/** The uses of an order that were not released yet. */
function usesOfOrder(tx: Transaction, orderId: string): Promise<TakenUse[]> {
  return tx.many<TakenUse>(sql`
    select e.campaign_id, (array_agg(e.code_id order by e.uses desc))[1] as code_id,
      (array_agg(to_jsonb(e.customer_keys) order by e.uses desc))[1] as customer_keys
    from campaign_entries e where e.order_id = ${orderId}::uuid
    group by e.campaign_id having sum(e.uses) > 0`);
}

function exhausted(campaignId: string): PosProError {
  const message = 'A discount of this basket is used up. Calculate the basket again.';
  return new PosProError('DISCOUNT_EXHAUSTED', message, {
    errors: [{ field: 'discountCodes', message, code: 'DISCOUNT_EXHAUSTED' }],
    details: { campaignId },
  });
}
