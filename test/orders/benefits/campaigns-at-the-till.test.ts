/** Campaigns and codes in the till's sale: priced, taken once whatever runs at the same time, and released by voids and refunds. */
import { transact } from '#kernel/db/transact';
import { sql } from '#kernel/db/database';
import type { Scope } from '#kernel/auth/scopes';
import type { RequestContext } from '#kernel/context';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/index';
import {
  simulateCampaigns,
  validateDiscount,
  applyDiscount,
} from '#subgraphs/orders/discounts/discount-preview';
import {
  activateCampaign,
  createCampaign,
  pauseCampaign,
  requireCampaign,
} from '#subgraphs/marketing/campaigns/campaigns';
import { discountUsage } from '#subgraphs/marketing/codes/code-usage';
import { generateDiscountCodes } from '#subgraphs/marketing/codes/discount-codes';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { insertCustomers } from '#subgraphs/customers/index';
import type { CreateCampaignInput, GenerateDiscountCodesInput } from '#subgraphs/marketing/inputs.generated';
import type { CheckoutInput } from '#subgraphs/pos/inputs.generated';
import { createOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { eventsPublished } from '#test/harness/events';
import { patiently } from '#test/harness/patience';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await openTill(db);
});

const tenPercent = { type: 'percent', percent: amount(10) } as const;

async function campaign(more: Partial<CreateCampaignInput> = {}): Promise<string> {
  const { id } = await createCampaign(till.ctx, { name: 'Welcome', action: tenPercent, ...more });
  await activateCampaign(till.ctx, id);
  return id;
}

async function code(
  terms: Partial<GenerateDiscountCodesInput> = {},
  more: Partial<CreateCampaignInput> = {},
) {
  const campaignId = await campaign({ requiresCode: true, ...more });
  await generateDiscountCodes(till.ctx, { campaignId, code: 'WELCOME10', ...terms });
  return campaignId;
}

const sell = (ctx: RequestContext, more: Partial<CheckoutInput> = {}) =>
  checkout(ctx, { items: [{ sku: 'TEA', quantity: amount(2) }], paymentMethod: 'card', ...more });
const sellWithCode = (ctx = till.ctx, more: Partial<CheckoutInput> = {}) =>
  sell(ctx, { discountCodes: ['WELCOME10'], ...more });
const usesOf = async (id: string) => {
  const { uses, spent, entries } = await requireCampaign(till.ctx, id);
  return [uses, spent.toFixed(2), entries];
};

describe('a campaign', () => {
  it('reduces the sale, is frozen on the order, and is calculated alike', async () => {
    const id = await campaign({ items: { variantIds: [till.items.TEA!.variantId] } });
    const items = [
      { sku: 'TEA', quantity: amount(2) },
      { sku: 'BREAD', discount: { amount: amount('0.99') } },
    ];
    const quote = await calculateCheckout(till.ctx, { items });
    const { order } = await checkout(till.ctx, { items, paymentMethod: 'card' });
    expect([quote.total, order.total, order.discountTotal].map(String)).toEqual(['8.3', '8.3', '1.69']);
    const rows = await till.ctx.db.many(sql`
      select source, label, campaign_id, code_id, line_no, amount from order_discounts where order_id = ${order.id} order by discount_no`);
    expect(rows).toEqual([
      { source: 'line', label: null, campaignId: null, codeId: null, lineNo: 2, amount: amount('0.99') },
      {
        source: 'campaign',
        label: 'Welcome',
        campaignId: id,
        codeId: null,
        lineNo: 1,
        amount: amount('0.7'),
      },
    ]);
    expect(await usesOf(id)).toEqual([1, '0.70', 1]);
  });

  it('applies no longer after a pause, at once, and costs a sale nothing where there is none', async () => {
    const id = await campaign();
    expect((await sell(till.ctx)).order.total.toFixed(2)).toBe('6.30');
    await pauseCampaign(till.ctx, id);
    expect((await sell(till.ctx)).order.total.toFixed(2)).toBe('7.00');
    // The published event drops the cached campaigns once more, so the next sale reads them again.
    await eventsPublished(till.ctx);
    await sell(till.ctx);
    const without = await statementsOf(() => sell(till.ctx));
    expect(
      without.filter(({ text }) =>
        /campaign|discount_codes|customer_uses/.test(text.replace(/insert into orders[^]*/, '')),
      ),
    ).toEqual([]);
  });

  it('is applied by category with the categories below it, and by brand', async () => {
    const ids = { root: till.ctx.ids.next(), leaf: till.ctx.ids.next(), brand: till.ctx.ids.next() };
    await transact(till.ctx, async (tx) => {
      await tx.run(sql`insert into categories (id, organization_id, parent_id, name, path, path_key, depth, created_at, updated_at)
        values (${ids.root}, ${tx.organizationId}, null, 'Drinks', 'Drinks', 'drinks', 0, now(), now()),
          (${ids.leaf}, ${tx.organizationId}, ${ids.root}, 'Tea', 'Drinks > Tea', 'drinks > tea', 1, now(), now())`);
      await tx.run(sql`insert into brands (id, organization_id, name, name_key, created_at, updated_at)
        values (${ids.brand}, ${tx.organizationId}, 'Leaf', 'leaf', now(), now())`);
      await tx.run(
        sql`update products set category_id = ${ids.leaf} where id = ${till.items.TEA!.productId}`,
      );
      await tx.run(
        sql`update products set brand_id = ${ids.brand} where id = ${till.items.BREAD!.productId}`,
      );
    });
    await campaign({ items: { categoryIds: [ids.root], brandIds: [ids.brand] } });
    const items = ['TEA', 'BREAD', 'LAST'].map((sku) => ({ sku }));
    const { campaigns } = await simulateCampaigns(till.ctx, { items });
    expect(campaigns.applied.map((step) => step.amounts.map((share) => share.toFixed(2)))).toEqual([
      ['0.35', '0.30', '0.00'],
    ]);
  });

  it('neither sees nor reduces gift cards, which pay as money does', async () => {
    await updateProduct(till.ctx, till.items.BREAD!.productId, { giftCardPurpose: 'multi_purpose' });
    const conditions = [{ type: 'minimum_quantity', quantity: amount(3) }] as const;
    const id = await campaign();
    const large = await campaign({ conditions: [...conditions], name: 'Three pieces' });
    const items = [
      { sku: 'BREAD', unitPrice: amount('50.00') },
      { sku: 'TEA', quantity: amount(2) },
    ];
    const { order } = await sell(till.ctx, { items });
    expect(order.lines.map((line) => line.discount.toFixed(2))).toEqual(['0.00', '0.70']);
    expect([await usesOf(id), await usesOf(large)]).toEqual([
      [1, '0.70', 1],
      [0, '0.00', 0],
    ]);
  });

  it('without an amount gives its use back, too', async () => {
    const id = await campaign({ action: { type: 'free_shipping' }, usesLimit: 1 });
    const { order } = await sell(till.ctx);
    expect([order.total.toFixed(2), ...(await usesOf(id))]).toEqual(['7.00', 1, '0.00', 1]);
    await voidOrder(till.ctx, order.id, { reason: 'Mistake' });
    expect(await usesOf(id)).toEqual([0, '0.00', 2]);
    await sell(till.ctx);
    expect(await usesOf(id)).toEqual([1, '0.00', 3]);
  });

  it('is taken within its budget only, and released by share', async () => {
    const id = await campaign({ budget: amount('1.50') });
    const { order } = await sell(till.ctx, { items: [{ sku: 'TEA', quantity: amount(4) }] });
    expect([order.total.toFixed(2), ...(await usesOf(id))]).toEqual(['12.60', 1, '1.40', 1]);
    // The rest of 0.10 does not cover 0.35.
    expect((await sell(till.ctx, { items: [{ sku: 'TEA' }] })).order.total.toFixed(2)).toBe('3.50');
    const refund = (quantity: number) =>
      partiallyRefundOrder(till.ctx, order.id, {
        items: [{ sku: 'TEA', quantity: amount(quantity) }],
        reason: 'Stale',
      });
    await refund(1);
    expect(await usesOf(id)).toEqual([1, '1.05', 2]);
    expect((await sell(till.ctx, { items: [{ sku: 'TEA' }] })).order.total.toFixed(2)).toBe('3.15');
    await refund(3);
    expect(await usesOf(id)).toEqual([1, '0.35', 4]);
    const [head] = await till.ctx.db.many(sql`
      select c.uses - sum(e.uses) as uses, c.spent - sum(e.amount) as spent from campaigns c join campaign_entries e on e.campaign_id = c.id
      where c.id = ${id} group by c.id`);
    expect(head).toEqual({ uses: 0, spent: amount(0) });
  });
});

describe('a code', () => {
  it('applies in any spelling, and once whoever gives it twice', async () => {
    const id = await code();
    const { order } = await sellWithCode(till.ctx, { discountCodes: [' welcome-10', 'WELCOME1O'] });
    expect(order.total.toFixed(2)).toBe('6.30');
    const { discounts } = order as typeof order & {
      discounts: { source: string; label: string; campaignId: string }[];
    };
    expect(discounts).toMatchObject([{ source: 'code', label: 'Welcome (WELCOME10)', campaignId: id }]);
    expect(await discountUsage(till.ctx, 'welcome 10')).toMatchObject({
      ...{ code: 'WELCOME10', uses: 1, usesLimit: null, remaining: null, amount: amount('0.7') },
      entries: [{ orderId: order.id, uses: 1 }],
    });
  });

  it('of one use is used once by 100 sales at the same time, and again after a void', async () => {
    const id = await code({ usesLimit: 1 });
    const sales = await patiently(() =>
      Promise.all(
        Array.from({ length: 100 }, () =>
          sellWithCode().then(
            ({ order }) => order,
            (error: { code: string; status: number }) => `${error.status} ${error.code}`,
          ),
        ),
      ),
    );
    const orders = sales.filter((sale) => typeof sale !== 'string');
    expect([orders.length, sales.filter((sale) => sale === '422 DISCOUNT_EXHAUSTED').length]).toEqual([
      1, 99,
    ]);
    expect(await usesOf(id)).toEqual([1, '0.70', 1]);
    await voidOrder(till.ctx, orders[0]!.id, { reason: 'Mistake' });
    expect(await usesOf(id)).toEqual([0, '0.00', 2]);
    expect((await sellWithCode()).order.total.toFixed(2)).toBe('6.30');
    expect(await errorOf(sellWithCode())).toMatchObject({ code: 'DISCOUNT_EXHAUSTED', status: 422 });
  }, 120_000);

  it('is not taken by a sale that fails, or that is only calculated', async () => {
    const id = await code({ usesLimit: 1 });
    expect(
      await errorOf(
        sellWithCode(till.ctx, {
          paymentMethod: null,
          payments: [{ method: 'card', amount: amount(1), reference: 'T' }],
        }),
      ),
    ).toMatchObject({ code: 'PAYMENT_INSUFFICIENT' });
    expect(
      await errorOf(sellWithCode(till.ctx, { items: [{ sku: 'LAST', quantity: amount(9) }] })),
    ).toMatchObject({ code: 'INSUFFICIENT_STOCK' });
    await calculateCheckout(till.ctx, { items: [{ sku: 'TEA' }], discountCodes: ['WELCOME10'] });
    expect(await usesOf(id)).toEqual([0, '0.00', 0]);
    await sellWithCode();
    expect(await usesOf(id)).toEqual([1, '0.70', 1]);
  });

  it('of one use by customer counts an account and a guest with the same contact together', async () => {
    const id = await code({ usesPerCustomer: 1 });
    const [ann, bob] = [till.ctx.ids.next(), till.ctx.ids.next()];
    const row = { currency: 'EUR', creditLimit: amount(0) };
    await transact(till.ctx, (tx) =>
      insertCustomers(tx, [
        { ...row, id: ann, name: 'Ann', email: 'ann@shop.test' },
        { ...row, id: bob, name: 'Bob', email: 'bob@shop.test' },
      ]),
    );
    const check = (who: { customerId?: string; email?: string; phone?: string }) =>
      validateDiscount(till.ctx, { code: 'WELCOME10', ...who }).then(({ issue }) => issue?.details?.reason);
    expect(await errorOf(sellWithCode())).toMatchObject({
      code: 'DISCOUNT_INVALID',
      details: { reason: 'customer_required' },
    });
    const { order } = await sellWithCode(till.ctx, { customerId: ann });
    expect(await errorOf(sellWithCode(till.ctx, { customerId: ann }))).toMatchObject({
      code: 'DISCOUNT_EXHAUSTED',
      details: { reason: 'customer_uses' },
    });
    expect(
      await Promise.all(
        [
          { email: ' Ann@Shop.test' },
          { email: 'eve@shop.test' },
          { phone: '+49 30 1' },
          { customerId: bob },
        ].map(check),
      ),
    ).toEqual(['customer_uses', undefined, undefined, undefined]);
    await refundOrder(till.ctx, order.id, { reason: 'Returned' });
    expect([await check({ customerId: ann }), await usesOf(id)]).toEqual([undefined, [0, '0.00', 2]]);
    await sellWithCode(till.ctx, { customerId: bob });
    const together = await Promise.all(
      Array.from({ length: 5 }, () =>
        sellWithCode(till.ctx, { customerId: ann }).then(
          () => 'sold',
          () => 'used up',
        ),
      ),
    );
    expect(together.sort()).toEqual(['sold', 'used up', 'used up', 'used up', 'used up']);
  });

  it.each<[reason: string, terms: Partial<GenerateDiscountCodesInput>, more?: Partial<CreateCampaignInput>]>([
    ['not_started', { validFrom: new Date('2999-01-01') }],
    ['expired', { validUntil: new Date('2000-01-01') }],
    ['code_minimum', { minimum: amount('7.01') }],
    ['condition', {}, { conditions: [{ type: 'minimum_quantity', quantity: amount(3) }] }],
    ['channel', {}, { channels: ['web'] }],
    ['no_effect', {}, { items: { variantIds: ['01890000-0000-7000-8000-000000000000'] } }],
  ])('that does nothing is rejected with the reason: %s', async (...[reason, terms, more]) => {
    await code(terms, more);
    expect(await errorOf(sellWithCode())).toMatchObject({
      ...{ code: 'DISCOUNT_INVALID', status: 422, details: { code: 'WELCOME10', reason } },
      errors: [{ field: 'discountCodes.0' }],
    });
    const { issues } = await validateCheckout(till.ctx, {
      items: [{ sku: 'TEA', quantity: amount(2) }],
      discountCodes: ['WELCOME10'],
    });
    expect(issues.map((issue) => [issue.code, issue.field])).toEqual([
      ['DISCOUNT_INVALID', 'discountCodes.0'],
    ]);
  });

  it('is not rejected where an exclusive campaign saves more', async () => {
    await code();
    await campaign({ name: 'Sale', stacking: 'exclusive', action: { type: 'percent', percent: amount(50) } });
    const { order } = await sellWithCode();
    expect(order.total.toFixed(2)).toBe('3.50');
  });
});

describe('guesses', () => {
  const CASHIER: readonly Scope[] = ['pos:sell'];

  it('cannot distinguish wrong codes from used ones without the permission to see codes, and are limited', async () => {
    await code({ usesLimit: 1 });
    await sellWithCode();
    const answer = async (ctx: RequestContext, given: string) => {
      const { issue } = await validateDiscount(ctx, { code: given });
      return [issue!.code, issue!.message.replace(given, '?'), issue!.details!.reason];
    };
    const guesser = till.as(CASHIER);
    const [wrong, used] = [await answer(guesser, 'WRONG'), await answer(guesser, 'WELCOME10')];
    expect([wrong, used]).toEqual([wrong, wrong]);
    expect(wrong).toEqual(['DISCOUNT_INVALID', 'The discount code "?" is not valid.', 'invalid']);
    expect(await answer(till.ctx, 'WELCOME10')).toEqual([
      'DISCOUNT_EXHAUSTED',
      'The discount code "?" is used up.',
      'exhausted',
    ]);
    for (let guess = 3; guess <= 21; guess += 1) await answer(guesser, `GUESS${guess}`);
    expect(await errorOf(validateDiscount(guesser, { code: 'WELCOME10' }))).toMatchObject({
      code: 'RATE_LIMITED',
      status: 429,
    });
    expect(await errorOf(sellWithCode(guesser))).toMatchObject({ code: 'RATE_LIMITED' });
    expect((await sell(guesser)).order.total.toFixed(2)).toBe('7.00');
  });

  it('of codes of another organization find nothing', async () => {
    await code();
    const other = await createOwner(db);
    const { issue } = await validateDiscount(other.ctx, { code: 'WELCOME10' });
    expect(issue?.details?.reason).toBe('unknown');
    expect(await errorOf(discountUsage(other.ctx, 'WELCOME10'))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

it('applies a code to a basket, and answers its totals', async () => {
  await code();
  const preview = await applyDiscount(till.ctx, 'welcome10', {
    items: [{ sku: 'TEA', quantity: amount(2) }],
  });
  expect([preview.totals.subtotal, preview.totals.discountTotal, preview.totals.total].map(String)).toEqual([
    '7',
    '0.7',
    '6.3',
  ]);
  expect(await errorOf(applyDiscount(till.ctx, 'nope', { items: [{ sku: 'TEA' }] }))).toMatchObject({
    code: 'DISCOUNT_INVALID',
    errors: [{ field: 'code' }],
  });
  expect(await errorOf(applyDiscount(till.ctx, 'welcome10', { items: [] }))).toMatchObject({
    code: 'VALIDATION_FAILED',
  });
  const { amount: saved } = await validateDiscount(till.ctx, { code: 'WELCOME10', items: [{ sku: 'TEA' }] });
  expect(saved).toEqual(amount('0.35'));
});
