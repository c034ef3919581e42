/** Campaigns, codes and points of orders that are placed: taken at once, earned with the sale, released by cancellations and refunds. */
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { activateCampaign, createCampaign, requireCampaign } from '#subgraphs/marketing/campaigns/campaigns';
import { discountUsage } from '#subgraphs/marketing/codes/code-usage';
import { generateDiscountCodes } from '#subgraphs/marketing/codes/discount-codes';
import type { CreateCampaignInput, GenerateDiscountCodesInput } from '#subgraphs/marketing/inputs.generated';
import { addLoyaltyPoints } from '#subgraphs/marketing/loyalty/manual-points';
import { loyaltyBalance } from '#subgraphs/marketing/loyalty/members.queries';
import { updateLoyaltyProgram } from '#subgraphs/marketing/loyalty/program';
import { editOrder } from '#subgraphs/orders/editing/edit-order';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { confirmOrder } from '#subgraphs/orders/fulfilment/confirm-order';
import { cancelExpired } from '#subgraphs/orders/fulfilment/expire-orders.worker';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { addOrderPayment, lockOrder, orderById, partiallyRefundOrder } from '#subgraphs/orders/index';
import type { CreateOrderInput } from '#subgraphs/orders/inputs.generated';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { patiently } from '#test/harness/patience';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await openTill(db, {
    articles: [
      { sku: 'TEN', price: '10.00', stock: '1000' },
      { sku: 'CHAIR', price: '75.00', stock: '1000' },
    ],
  });
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
const place = async (quantity: number, input: Partial<CreateOrderInput> = {}) => {
  const items = [{ sku: 'TEN', quantity: amount(quantity) }];
  return (await createOrder(till.ctx, { channel: 'web', items, ...input })).order;
};
const withCode = { discountCodes: ['welcome 10'] };
const usesOf = async (id: string) => {
  const { uses, spent } = await requireCampaign(till.ctx, id);
  return [uses, spent.toFixed(2)];
};
const points = async () => (await loyaltyBalance(till.ctx, till.ctx.db, till.customerId)).points;
const program = () => updateLoyaltyProgram(till.ctx, { active: true });
const grant = (number: number) =>
  addLoyaltyPoints(till.ctx, till.customerId, { points: number, reason: 'A gift' });

describe('an order', () => {
  it('gets the campaigns of its channel, its code and its points, and keeps them by line', async () => {
    await program();
    await grant(500);
    const web = await campaign({ channels: ['web'], name: 'Web' });
    const phone = await campaign({ channels: ['phone'], name: 'Phone' });
    const coded = await code({}, { action: { type: 'amount', amount: amount(5) }, priority: 9 });
    const order = await place(4, { ...withCode, customerId: till.customerId, redeemPoints: 150 });
    // 40.00 − 5.00 by the code − 3.50 by the campaign − 1.50 by points.
    expect([order.subtotal, order.discountTotal, order.total].map((value) => value.toFixed(2))).toEqual(['40.00', '10.00', '30.00']);
    expect(order.discounts.map(({ source, amount: part }) => [source, part.toFixed(2)])).toEqual([
      ['code', '5.00'],
      ['campaign', '3.50'],
      ['points', '1.50'],
    ]);
    expect([await usesOf(web), await usesOf(phone), await usesOf(coded), await points()]).toEqual([
      [1, '3.50'],
      [0, '0.00'],
      [1, '5.00'],
      350,
    ]);
  }); // prettier-ignore

  it('earns its points when it becomes a sale, with the factor of the campaigns of its placing', async () => {
    await program();
    await campaign({ action: { type: 'points_multiplier', multiplier: amount(3) } });
    const order = await place(2, { customerId: till.customerId, shipping: { amount: amount('4.90') } });
    expect([order.status, order.pointsEarned, await points()]).toEqual(['pending', 0, 0]);
    await transact(till.ctx, async (tx) => {
      const locked = await lockOrder(tx, order.id);
      return addOrderPayment(tx, till.ctx, locked, [{ method: 'card', amount: amount('24.90') }]);
    });
    const sold = await orderById(till.ctx.db, order.id);
    expect([sold.status, sold.pointsEarned, await points()]).toEqual(['confirmed', 60, 60]);
    const unpaid = await place(1, { customerId: till.customerId });
    await confirmOrder(till.ctx, unpaid.id, {});
    expect(await points()).toBe(90);
    const atOnce = await place(1, { customerId: till.customerId, status: 'confirmed' });
    expect([atOnce.pointsEarned, await points()]).toEqual([30, 120]);
  });

  it('ships free from 75.00, before a voucher of 5.00 (M12): 70.00, not 85.00', async () => {
    const conditions = [{ type: 'minimum_amount', amount: amount(75) }] as const;
    await campaign({ action: { type: 'free_shipping' }, conditions: [...conditions] });
    await code({}, { action: { type: 'amount', amount: amount(5) } });
    const shipping = { amount: amount(15) };
    const chair = await place(1, { ...withCode, items: [{ sku: 'CHAIR' }], shipping });
    expect([chair.shippingTotal.toFixed(2), chair.total.toFixed(2)]).toEqual(['0.00', '70.00']);
    expect((await place(7, { shipping })).total.toFixed(2)).toBe('85.00');
  });

  it('neither reduces a gift card by its code and its points, nor earns for it', async () => {
    await program();
    await grant(100);
    await updateProduct(till.ctx, till.items.CHAIR!.productId, { giftCardPurpose: 'multi_purpose' });
    await code();
    const items = [{ sku: 'TEN' }, { sku: 'CHAIR' }];
    const order = await place(1, { ...withCode, items, customerId: till.customerId, redeemPoints: 100 });
    // 10.00 − 1.00 by the code − 1.00 by points, and the card of 75.00.
    expect(order.lines.map((line) => line.total.toFixed(2))).toEqual(['8.00', '75.00']);
    await confirmOrder(till.ctx, order.id, {});
    expect(await points()).toBe(8);
  });

  it('that is rejected takes nothing, and one that is repeated takes once', async () => {
    await program();
    await grant(100);
    const id = await code();
    const customerId = till.customerId;
    expect(await codeOf(place(1, { ...withCode, customerId, redeemPoints: 500 }))).toBe('POINTS_INSUFFICIENT');
    expect(await codeOf(place(2000, { ...withCode, customerId, redeemPoints: 50 }))).toBe('INSUFFICIENT_STOCK');
    expect(await fieldCodeOf(place(1, { redeemPoints: -1 }))).toBe('NEGATIVE');
    expect(await codeOf(place(1, { discountCodes: ['NONE'] }))).toBe('DISCOUNT_INVALID');
    expect([await usesOf(id), await points()]).toEqual([[0, '0.00'], 100]);
    const input = { ...withCode, customerId, redeemPoints: 50, clientReference: 'web-1' };
    const orders = [await place(1, input), await place(1, input)];
    expect(new Set(orders.map((order) => order.id)).size).toBe(1);
    expect([await usesOf(id), await points()]).toEqual([[1, '1.00'], 50]);
  }); // prettier-ignore
});

describe('the last use of a code', () => {
  it('is given to one of 100 orders at the same time, and again after a cancellation (M11)', async () => {
    const id = await code({ usesLimit: 1 });
    const answers = await patiently(() =>
      Promise.all(
        Array.from({ length: 100 }, () => place(1, withCode).then(({ id: placed }) => placed, (error: { code: string }) => error.code)),
      ),
    );
    const placed = answers.filter((answer) => answer !== 'DISCOUNT_EXHAUSTED');
    expect([placed.length, await usesOf(id)]).toEqual([1, [1, '1.00']]);
    await cancelOrder(till.ctx, placed[0]!, {});
    expect([await usesOf(id), (await discountUsage(till.ctx, 'WELCOME10')).uses]).toEqual([[0, '0.00'], 0]);
    await place(1, withCode);
    expect(await codeOf(place(1, withCode))).toBe('DISCOUNT_EXHAUSTED');
  }); // prettier-ignore

  it('of a customer counts for a guest with the same address or number in any spelling', async () => {
    await code({ usesPerCustomer: 1 });
    expect(await codeOf(place(1, withCode))).toBe('DISCOUNT_INVALID');
    await place(1, { ...withCode, email: 'Ann@Example.com', phone: '+49 30 1234567' });
    expect(await codeOf(place(1, { ...withCode, email: ' ann@example.com' }))).toBe('DISCOUNT_EXHAUSTED');
    expect(await codeOf(place(1, { ...withCode, phone: '0049 (30) 1234567' }))).toBe('DISCOUNT_EXHAUSTED');
    await place(1, { ...withCode, phone: '+49 30 7654321' });
  });
});

describe('an edit', () => {
  const edit = (id: string, quantity: number, itemId: string) =>
    editOrder(till.ctx, id, {
      add: [{ sku: 'TEN', quantity: amount(1) }],
      remove: [{ itemId, quantity: amount(quantity) }],
    });

  it('of an order that waits gives back the share of the removed goods, and a cancellation the rest', async () => {
    await program();
    await grant(400);
    const id = await code();
    const order = await place(4, { ...withCode, customerId: till.customerId, redeemPoints: 400 });
    const edited = await edit(order.id, 1, order.lines[0]!.id);
    expect([edited.order.total.toFixed(2), await usesOf(id), await points()]).toEqual(['34.00', [1, '3.00'], 100]);
    await cancelOrder(till.ctx, order.id, {});
    expect([await usesOf(id), await points()]).toEqual([[0, '0.00'], 400]);
  }); // prettier-ignore

  it('of a sale reverses the points of the removed goods, and the added ones earn theirs', async () => {
    await program();
    const order = await place(4, { customerId: till.customerId, status: 'confirmed' });
    expect(await points()).toBe(40);
    const { cancellation, supplement } = await edit(order.id, 2, order.lines[0]!.id);
    expect([cancellation?.pointsEarned, supplement?.pointsEarned, await points()]).toEqual([-20, 10, 30]);
  });
});

describe('a cancellation', () => {
  it('of an order that was not paid gives everything back, by a person or when its time has ended', async () => {
    await program();
    await grant(300);
    const id = await code({}, { usesLimit: 5, budget: amount(50) });
    const input = { ...withCode, customerId: till.customerId, redeemPoints: 100 };
    const order = await place(3, input);
    expect([order.total.toFixed(2), await usesOf(id), await points()]).toEqual(['26.00', [1, '3.00'], 200]);
    await cancelOrder(till.ctx, order.id, { reason: 'Changed' });
    expect([await usesOf(id), await points()]).toEqual([[0, '0.00'], 300]);
    await cancelOrder(till.ctx, order.id, {});
    expect([await usesOf(id), await points()]).toEqual([[0, '0.00'], 300]);
    const held = await place(3, { ...input, holdsUntil: new Date(Date.now() + 60_000) });
    await db.services.database.system.run(sql`
      update orders set holds_until = now() - interval '1 second' where id = ${held.id}`);
    expect(await cancelExpired(db.services)).toBe(1);
    expect([await usesOf(id), await points()]).toEqual([[0, '0.00'], 300]);
  }); // prettier-ignore

  it('of a part, and a refund of another, give back their shares, and the last one the use', async () => {
    await program();
    await grant(400);
    const id = await code();
    const input = {
      ...withCode,
      customerId: till.customerId,
      redeemPoints: 400,
      status: 'confirmed' as const,
    };
    // 40.00 − 4.00 − 4.00 = 32.00, paid.
    const order = await place(4, { ...input, payments: [{ method: 'card', amount: amount(32) }] });
    expect([order.pointsEarned, await points(), await usesOf(id)]).toEqual([32, 32, [1, '4.00']]);
    const one = [{ itemId: order.lines[0]!.id, quantity: amount(1) }];
    await cancelOrder(till.ctx, order.id, { items: one });
    expect([await points(), await usesOf(id)]).toEqual([32 - 8 + 100, [1, '3.00']]);
    await shipOrder(till.ctx, order.id, { items: one });
    await partiallyRefundOrder(till.ctx, order.id, { items: one });
    expect([await points(), await usesOf(id)]).toEqual([32 - 16 + 200, [1, '2.00']]);
    await cancelOrder(till.ctx, order.id, {});
    expect([await points(), await usesOf(id)]).toEqual([400, [0, '0.00']]);
    const [heads] = await till.ctx.db.many(sql`
      select c.uses - sum(e.uses) as uses, c.spent - sum(e.amount) as spent from campaigns c join campaign_entries e on e.campaign_id = c.id
      where c.id = ${id} group by c.id`);
    expect(heads).toEqual({ uses: 0, spent: amount(0) });
  });
});
