/** Two customers become one: nothing is lost, sums do not depend on which of the two remains, and the old id answers with the new one. */
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { addCustomerAddress, addressesOf } from '#subgraphs/customers/addresses';
import { addCustomerCard, scanCustomer } from '#subgraphs/customers/cards/customer-cards';
import { consentsInForce, recordConsent } from '#subgraphs/customers/consents/consents';
import { listCreditEntries } from '#subgraphs/customers/credit';
import { createCustomer, requireCustomer, updateCustomer } from '#subgraphs/customers/customers';
import { listCustomers, searchCustomers } from '#subgraphs/customers/customers.queries';
import { createCustomerGroup } from '#subgraphs/customers/groups/customer-groups';
import { groupsOf, setCustomerGroups } from '#subgraphs/customers/groups/group-members';
import { customersByIds, postCredit } from '#subgraphs/customers/index';
import { customerStats } from '#subgraphs/orders/customers/customer-stats';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { mergeCustomers } from '#subgraphs/orders/customers/merge-customers';
import { activateCampaign, createCampaign, requireCampaign } from '#subgraphs/marketing/campaigns/campaigns';
import { generateDiscountCodes } from '#subgraphs/marketing/codes/discount-codes';
import { addLoyaltyPoints } from '#subgraphs/marketing/loyalty/manual-points';
import { loyaltyBalance } from '#subgraphs/marketing/loyalty/members.queries';
import { updateLoyaltyProgram } from '#subgraphs/marketing/loyalty/program';
import { addToCart } from '#subgraphs/orders/cart/cart-items';
import { mergeCarts } from '#subgraphs/orders/cart/merge-carts';
import { ordersByIds, refundOrder } from '#subgraphs/orders/index';
import { listOrders } from '#subgraphs/orders/order/orders.queries';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import {
  customerStoreCredit,
  listStoreCreditEntries,
} from '#subgraphs/payments/store-credit/store-credit.queries';
import { deductStoreCredit, grantStoreCreditByHand } from '#subgraphs/payments/store-credit/store-credits';
import { checkout, parkBasket } from '#subgraphs/pos/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await openTill(db);
});

const customer = (input: Partial<Parameters<typeof createCustomer>[1]>) =>
  createCustomer(till.ctx, { name: 'Ada', ...input });
const sell = async (customerId: string) => {
  const items = [{ sku: 'TEA', quantity: amount(1) }];
  const input = { registerId: till.registerId, customerId, paymentMethod: 'card' as const, items };
  return (await checkout(till.ctx, input)).order;
};
/** Posts what a customer owes, whatever the limit. */
const owe = (customerId: string, sum: number) =>
  transact(till.ctx, (tx) =>
    postCredit(tx, till.ctx, {
      customerId,
      amount: amount(sum),
      kind: 'correction',
      referenceType: 'test',
      referenceId: customerId,
    }),
  );
const merge = (id: string, duplicateId: string) => mergeCustomers(till.ctx, id, { duplicateId });
const balanceOf = async (id: string) => (await requireCustomer(till.ctx.db, id)).creditBalance.toFixed();

it('moves orders, addresses, cards, groups and consents, and fills what is missing', async () => {
  const group = await createCustomerGroup(till.ctx, { name: 'Regulars' });
  const ada = await customer({
    email: 'ada@example.com',
    tags: ['tea'],
    notes: 'Rings',
    creditLimit: amount(50),
  });
  const double = await customer({
    name: 'Ada F.',
    email: 'ada.f@example.com',
    phone: '+49 30 1234567',
    code: 'K1',
    tags: ['tea', 'vip'],
    notes: 'Knocks',
    creditLimit: amount(80),
    marketingConsent: true,
  });
  const address = { line1: 'Street 1', city: 'Berlin', country: 'DE' };
  await addCustomerAddress(till.ctx, ada.id, address);
  await addCustomerAddress(till.ctx, double.id, { ...address, line1: 'Street 2' });
  await addCustomerCard(till.ctx, double.id, { number: 'CARD-1' });
  await setCustomerGroups(till.ctx, double.id, { groupIds: [group.id] });
  await recordConsent(till.ctx, double.id, { purpose: 'email', granted: true, source: 'web' });
  const order = await sell(double.id);
  await sell(ada.id);
  const items = [{ sku: 'TEA', quantity: amount(1) }];
  await parkBasket(till.ctx, { items, registerId: till.registerId, customerId: double.id });

  expect(await merge(ada.id, double.id)).toEqual({ id: ada.id });
  const after = await requireCustomer(till.ctx.db, ada.id);
  expect(after).toMatchObject({
    name: 'Ada',
    email: 'ada@example.com',
    phone: '+49 30 1234567',
    phoneE164: '+49301234567',
    code: 'K1',
    tags: ['tea', 'vip'],
    notes: 'Rings\nKnocks',
    marketingConsent: true,
  });
  expect(after.creditLimit.toFixed()).toBe('80');
  const { ctx } = till;
  const kept = (await addressesOf(ctx, [ada.id])).get(ada.id)!;
  expect(kept.map(({ line1, isDefault }) => [line1, isDefault])).toEqual([
    ['Street 1', true],
    ['Street 2', false],
  ]);
  expect((await groupsOf(ctx.db, [ada.id])).get(ada.id)).toMatchObject([{ name: 'Regulars' }]);
  expect((await consentsInForce(ctx.db, [ada.id])).get(ada.id)).toMatchObject([
    { purpose: 'email', granted: true },
    { purpose: 'marketing', granted: true },
  ]);
  expect(await customerStats(ctx, ada.id)).toMatchObject({ salesCount: 2 });
  const moved = await db.services.database.system.many<{ customerId: string }>(sql`
    select customer_id from orders where id = ${order.id} union all select customer_id from payments where order_id = ${order.id}
    union all select customer_id from parked_baskets where organization_id = ${till.organizationId}`);
  expect(moved).toEqual([{ customerId: ada.id }, { customerId: ada.id }, { customerId: ada.id }]);
  // The card, the code and the number find the customer who remains; the duplicate is in no list.
  for (const code of ['CARD-1', 'k1']) expect((await scanCustomer(ctx, code)).id).toBe(ada.id);
  expect((await searchCustomers(ctx, '1234567')).map(({ id }) => id)).toEqual([ada.id]);
  expect((await listCustomers(ctx, {})).items.map(({ name }) => name)).toEqual(['Ada', 'Ann Buyer']);
});

it('C6: the old id answers with the customer who remains, everywhere and for ever', async () => {
  const [ada, double, third] = [
    await customer({}),
    await customer({ name: 'B' }),
    await customer({ name: 'C' }),
  ];
  await merge(double.id, third.id);
  await merge(ada.id, double.id);
  for (const id of [ada.id, double.id, third.id]) {
    expect((await requireCustomer(till.ctx.db, id)).id).toBe(ada.id);
    expect((await customersByIds(till.ctx.db, [id])).get(id)?.id).toBe(ada.id);
  }
  await updateCustomer(till.ctx, third.id, { name: 'Ada Fischer' });
  expect(await requireCustomer(till.ctx.db, ada.id)).toMatchObject({ name: 'Ada Fischer' });
  // A till that has the old id still sells, and the sale is the present customer's.
  const { id } = await sell(third.id);
  expect((await ordersByIds(till.ctx.db, [id]))[0]?.customerId).toBe(ada.id);
  for (const customerId of [ada.id, double.id, third.id])
    expect((await listOrders(till.ctx, { customerId })).items.map((order) => order.id)).toEqual([id]);
  expect(await customerStats(till.ctx, double.id)).toMatchObject({ customerId: ada.id, salesCount: 1 });
  await owe(third.id, 5);
  expect(await balanceOf(ada.id)).toBe('5');
  // Merged again, they are one customer already.
  expect(await merge(third.id, ada.id)).toEqual({ id: ada.id });
  await owe(ada.id, -5);
  await deleteCustomer(till.ctx, double.id);
  for (const gone of [ada.id, double.id, third.id])
    expect(await codeOf(requireCustomer(till.ctx.db, gone))).toBe('NOT_FOUND');
});

it.each([true, false])(
  'C6: a credit of -10 and a debt of 35 are 25, whichever is kept (the first: %s)',
  async (first) => {
    const [advance, debt] = [await customer({}), await customer({ creditLimit: amount(100) })];
    await owe(advance.id, -10);
    await owe(debt.id, 35);
    const [kept, duplicate] = first ? [advance, debt] : [debt, advance];
    await merge(kept.id, duplicate.id);
    expect([await balanceOf(kept.id), await balanceOf(duplicate.id)]).toEqual(['25', '25']);
    const { items } = await listCreditEntries(till.ctx.db, kept.id, {});
    expect(items[0]).toMatchObject({
      kind: 'transfer',
      referenceType: 'customer',
      referenceId: duplicate.id,
    });
    const sums = await db.services.database.system.many<{ same: boolean }>(sql`
    select c.credit_balance = (select sum(e.amount) from customer_credit_entries e where e.customer_id = c.id) as same
    from customers c where c.id in (${kept.id}, ${duplicate.id})`);
    expect(sums).toEqual([{ same: true }, { same: true }]);
  },
);

it.each([true, false])(
  'C6: store credit of 10 and 35 is 45, keeps its expiry, and a refund still finds its lot (the first: %s)',
  async (first) => {
    const { ctx } = till;
    const [rich, poor] = [await customer({}), await customer({})];
    const expiresAt = new Date('2039-12-31T00:00:00Z');
    await grantStoreCreditByHand(ctx, rich.id, { amount: amount(35), expiresAt });
    await grantStoreCreditByHand(ctx, poor.id, { amount: amount('13.50') });
    const paid = await checkout(ctx, {
      items: [{ sku: 'TEA', quantity: amount(1) }],
      registerId: till.registerId,
      customerId: poor.id,
      payments: [{ method: 'store_credit' }],
    });
    const [kept, duplicate] = first ? [rich, poor] : [poor, rich];
    await merge(kept.id, duplicate.id);
    for (const id of [kept.id, duplicate.id])
      expect(await customerStoreCredit(ctx, ctx.db, id)).toMatchObject({
        customerId: kept.id,
        balance: amount(45),
        lots: [
          { remaining: amount(35), expiresAt },
          { remaining: amount(10), expiresAt: null },
        ],
      });
    // The sale of the duplicate is refunded to the lot that paid for it, and the old id still pays.
    await refundOrder(ctx, paid.order.id, { registerId: till.registerId });
    await deductStoreCredit(ctx, duplicate.id, { amount: amount('0.50'), reason: 'Test' });
    expect((await customerStoreCredit(ctx, ctx.db, kept.id)).balance.toFixed()).toBe('48');
    const { items } = await listStoreCreditEntries(ctx.db, kept.id, {});
    expect(items.find(({ kind }) => kind === 'transfer')).toMatchObject({
      referenceType: 'customer',
      referenceId: duplicate.id,
    });
    const sums = await db.services.database.system.many<Record<string, unknown>>(sql`
      select c.balance, (select sum(e.amount) from store_credit_entries e where e.customer_id = c.customer_id) as entries,
        coalesce((select sum(l.remaining) from store_credit_lots l where l.customer_id = c.customer_id), 0) as lots
      from store_credits c where c.customer_id in (${kept.id}, ${duplicate.id}) order by c.balance`);
    expect(sums).toEqual(
      [0, 48].map((sum) => ({ balance: amount(sum), entries: amount(sum), lots: amount(sum) })),
    );
  },
);

it.each([true, false])(
  'C6: points of 40 and 60 are 100, and a code that one has used is used (the first: %s)',
  async (first) => {
    const { ctx } = till;
    await updateLoyaltyProgram(ctx, { active: true });
    const [one, two] = [await customer({}), await customer({})];
    await addLoyaltyPoints(ctx, one.id, { points: 40, reason: 'A gift' });
    await addLoyaltyPoints(ctx, two.id, { points: 60, reason: 'A gift' });
    const action = { type: 'percent', percent: amount(10) } as const;
    const { id: campaignId } = await createCampaign(ctx, { name: 'Once', action, requiresCode: true });
    await activateCampaign(ctx, campaignId);
    await generateDiscountCodes(ctx, { campaignId, code: 'ONCE', usesPerCustomer: 1 });
    const { id: ownId } = await createCampaign(ctx, { name: 'Own', action, customerIds: [two.id] });
    const withCode = (customerId: string) => {
      const items = [{ sku: 'TEA', quantity: amount(1) }];
      const codes = { discountCodes: ['ONCE'] };
      return checkout(ctx, {
        registerId: till.registerId,
        customerId,
        paymentMethod: 'card',
        items,
        ...codes,
      });
    };
    const { order } = await withCode(two.id);
    const [kept, duplicate] = first ? [one, two] : [two, one];
    await merge(kept.id, duplicate.id);
    const pointsOf = async (id: string) => (await loyaltyBalance(ctx, ctx.db, id)).points;
    expect([await pointsOf(kept.id), await pointsOf(duplicate.id)]).toEqual([103, 103]);
    for (const id of [kept.id, duplicate.id]) expect(await codeOf(withCode(id))).toBe('DISCOUNT_EXHAUSTED');
    expect((await requireCampaign(ctx, ownId)).customerIds).toEqual([kept.id]);
    // The refund of the sale releases the use, and reverses the points, of the customer who remains.
    await refundOrder(ctx, order.id, { registerId: till.registerId });
    expect(await pointsOf(kept.id)).toBe(100);
    await withCode(duplicate.id);
    expect(await pointsOf(kept.id)).toBe(103);
    expect(await codeOf(withCode(kept.id))).toBe('DISCOUNT_EXHAUSTED');
  },
);

it('keeps the addresses of open orders, and one open cart at a branch', async () => {
  const { ctx } = till;
  const [ada, double] = [await customer({}), await customer({})];
  const address = { recipient: 'Ada', line1: 'Street 2', city: 'Berlin', postalCode: '10115', country: 'DE' };
  const { order } = await createOrder(ctx, {
    channel: 'web',
    customerId: double.id,
    email: 'ada@example.com',
    shippingAddress: address,
    items: [{ sku: 'TEA', quantity: amount(1) }],
  });
  const cartOf = async (customerId: string, sku: string) =>
    mergeCarts(ctx, { cartId: await addToCart(ctx, { sku, quantity: amount(1) }), customerId });
  const [own, other] = [await cartOf(ada.id, 'TEA'), await cartOf(double.id, 'BREAD')];
  await merge(ada.id, double.id);
  expect((await ordersByIds(ctx.db, [order.id]))[0]).toMatchObject({
    customerId: ada.id,
    email: 'ada@example.com',
    shippingAddress: address,
  });
  const carts = await db.services.database.system.many(sql`
    select id, customer_id, status from carts where id in (${own}, ${other}) order by status desc`);
  expect(carts).toEqual([
    { id: own, customerId: ada.id, status: 'open' },
    { id: other, customerId: ada.id, status: 'expired' },
  ]);
});

it('merges at once end with one customer, who has everything', async () => {
  const all = await Promise.all(['A', 'B', 'C', 'D'].map((name) => customer({ name })));
  for (const [index, { id }] of all.entries()) await owe(id, index + 1);
  const [a, b, c, d] = all.map(({ id }) => id) as [string, string, string, string];
  const pairs: [string, string][] = [
    [a, b],
    [b, a],
    [c, d],
    [a, c],
    [d, b],
    [a, b],
  ];
  const sales = all.map(({ id }) => sell(id));
  const answers = await Promise.all([...pairs.map(([kept, duplicate]) => merge(kept, duplicate)), ...sales]);
  const ids = new Set(
    await Promise.all(all.map(async ({ id }) => (await requireCustomer(till.ctx.db, id)).id)),
  );
  expect(ids.size).toBe(1);
  const [remaining] = [...ids] as [string];
  expect(await balanceOf(remaining)).toBe('10');
  const stats = await customerStats(till.ctx, remaining);
  expect([stats.salesCount, answers.length]).toEqual([4, 10]);
});

it('is done once for one key, and rejects itself, strangers and the erased', async () => {
  const [ada, double] = [await customer({}), await customer({})];
  const once = () =>
    mergeCustomers(till.request({ idempotencyKey: 'merge' }), ada.id, { duplicateId: double.id });
  expect([await once(), await once()]).toEqual([{ id: ada.id }, { id: ada.id }]);
  expect((await requireCustomer(till.ctx.db, ada.id)).version).toBe(2);
  expect(await fieldCodeOf(merge(ada.id, ada.id.toUpperCase()))).toBe('INVALID');
  const stranger = await openTill(db);
  for (const [kept, duplicate] of [
    [ada.id, stranger.customerId],
    [stranger.customerId, ada.id],
    [ada.id, 'no id'],
  ] as const)
    expect(await codeOf(merge(kept, duplicate))).toBe('NOT_FOUND');
  const gone = await customer({});
  await deleteCustomer(till.ctx, gone.id);
  expect(await codeOf(merge(ada.id, gone.id))).toBe('NOT_FOUND');
});
