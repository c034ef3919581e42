/** Loyalty points in the till's sale: redeemed as a discount, earned, reversed and restored by returns. */
import { sql } from '#kernel/db/database';
import { loyaltyBalance } from '#subgraphs/marketing/loyalty/members.queries';
import { addLoyaltyPoints } from '#subgraphs/marketing/loyalty/manual-points';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { updateLoyaltyProgram } from '#subgraphs/marketing/loyalty/program';
import { activateCampaign, createCampaign } from '#subgraphs/marketing/campaigns/campaigns';
import type { UpdateLoyaltyProgramInput } from '#subgraphs/marketing/inputs.generated';
import { partiallyRefundOrder, pointsPreview, refundOrder } from '#subgraphs/orders/index';
import type { CheckoutInput } from '#subgraphs/pos/inputs.generated';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { subgraph } from '#subgraphs/pos/subgraph';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { eventsPublished } from '#test/harness/events';
import { openTill, type Article, type Till } from '#test/harness/shop';
import { roundTripsOf, statementsOf } from '#test/harness/statements';
import { subgraphClient } from '#test/harness/subgraph-client';
import { amount, codeOf, expectError, fieldCodeOf, issuesOf } from '#test/harness/values';

const ARTICLES: readonly Article[] = [
  { sku: 'LAMP', price: '106.00', stock: '1000' },
  { sku: 'SET', price: '33.33', stock: '1000' },
  { sku: 'CUP', price: '11.11', stock: '1000' },
  { sku: 'TEN', price: '10.00', stock: '1000' },
];

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await openTill(db, { articles: ARTICLES });
});

/** A program with a point for each euro, worth a cent. */
const program = (more: UpdateLoyaltyProgramInput = {}) =>
  updateLoyaltyProgram(till.ctx, { active: true, ...more });
const grant = (points: number) => addLoyaltyPoints(till.ctx, till.customerId, { points, reason: 'A gift' });
const basket = (sku: string, more: Partial<CheckoutInput> = {}): CheckoutInput => ({
  items: [{ sku }],
  customerId: till.customerId,
  paymentMethod: 'card',
  ...more,
});
const sell = (sku: string, more: Partial<CheckoutInput> = {}) => checkout(till.ctx, basket(sku, more));
const points = async () => (await loyaltyBalance(till.ctx, till.ctx.db, till.customerId)).points;

describe('redeemed points', () => {
  it('are a discount before tax, and earn nothing (M9): 106.00 less 50.00 earns 56', async () => {
    await program();
    await grant(6_000);
    const { order } = await sell('LAMP', { redeemPoints: 5_000 });
    expect([order.total, order.discountTotal, order.taxTotal].map((value) => value.toFixed(2))).toEqual([
      '56.00',
      '50.00',
      '8.94',
    ]);
    expect(order.pointsEarned).toBe(56);
    expect(await points()).toBe(1_056);
    expect(
      await till.ctx.db.many(
        sql`select source, label, amount from order_discounts where order_id = ${order.id}`,
      ),
    ).toEqual([{ source: 'points', label: '5000 points', amount: amount(50) }]);
  });

  it('come after campaigns and the discount of the order, and are calculated alike', async () => {
    await program({ maximumPercent: amount(50) });
    await grant(1_000);
    const { id } = await createCampaign(till.ctx, {
      name: 'Ten',
      action: { type: 'percent', percent: amount(10) },
    });
    await activateCampaign(till.ctx, id);
    // 20.00 − 2.00 − 3.00 = 15.00, of which points may pay 7.50.
    const input = basket('TEN', {
      items: [{ sku: 'TEN', quantity: amount(2) }],
      discount: { amount: amount(3) },
      redeemPoints: 750,
    });
    const quote = await calculateCheckout(till.ctx, input);
    const { order } = await checkout(till.ctx, input);
    expect([quote.total, order.total].map((total) => total.toFixed(2))).toEqual(['7.50', '7.50']);
    expect(quote.points?.earned.points).toBe(order.pointsEarned);
    expect(order.pointsEarned).toBe(7);
    expect(order.discounts.map(({ source }) => source)).toEqual(['campaign', 'order', 'points']);
    expect(await fieldCodeOf(checkout(till.ctx, { ...input, redeemPoints: 751 }))).toBe('ABOVE_LIMIT');
  });

  it('are rejected with their reason; nothing is written', async () => {
    expect(await issuesOf(sell('TEN', { redeemPoints: 5 }))).toEqual(['redeemPoints PROGRAM_INACTIVE']);
    await program({ minimumRedeem: 10 });
    await grant(100);
    const codes = async (more: Partial<CheckoutInput>) => issuesOf(sell('TEN', more));
    expect(await codes({ redeemPoints: 9 })).toEqual(['redeemPoints BELOW_MINIMUM']);
    expect(await codes({ redeemPoints: -1 })).toEqual(['redeemPoints NEGATIVE']);
    expect(await codes({ redeemPoints: 1_001 })).toEqual(['redeemPoints ABOVE_LIMIT']);
    expect(await codes({ redeemPoints: 50, customerId: null })).toEqual(['redeemPoints CUSTOMER_REQUIRED']);
    const error = await expectError('POINTS_INSUFFICIENT', sell('TEN', { redeemPoints: 101 }));
    expect([error.status, error.details]).toEqual([422, { balance: 100 }]);
    const { valid, issues } = await validateCheckout(till.ctx, basket('TEN', { redeemPoints: 101 }));
    expect([valid, issues.map(({ code, field }) => `${field} ${code}`)]).toEqual([
      false,
      ['redeemPoints POINTS_INSUFFICIENT'],
    ]);
    expect(await points()).toBe(100);
    expect(await till.ctx.db.many(sql`select from orders`)).toEqual([]);
  });

  it('are used once by twenty checkouts at once', async () => {
    await program({ earnRate: amount(0) });
    await grant(500);
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => codeOf(sell('TEN', { redeemPoints: 300 }))),
    );
    expect(codes.sort()).toEqual([...Array<string>(19).fill('POINTS_INSUFFICIENT'), 'none']);
    expect(await points()).toBe(200);
    expect(await till.ctx.db.many(sql`select from orders`)).toHaveLength(1);
  });

  it('are used and earned once by a repeated request', async () => {
    await program();
    await grant(500);
    const input = { redeemPoints: 300, clientReference: 'sale-1' };
    const first = await sell('TEN', input);
    expect((await sell('TEN', input)).order.id).toBe(first.order.id);
    expect(await points()).toBe(207);
  });
});

describe('gift cards', () => {
  beforeEach(async () => {
    await updateProduct(till.ctx, till.items.LAMP!.productId, { giftCardPurpose: 'multi_purpose' });
    await program();
  });
  const items = [{ sku: 'LAMP' }, { sku: 'TEN' }];

  it('are neither paid with points nor earn any, until they are set to', async () => {
    await grant(2_000);
    expect(await codeOf(sell('LAMP', { redeemPoints: 100 }))).toBe('VALIDATION_FAILED');
    const { order } = await sell('TEN', { items, redeemPoints: 400 });
    expect(order.lines.map(({ discount }) => discount.toFixed(2))).toEqual(['0.00', '4.00']);
    expect(order.pointsEarned).toBe(6);
    await program({ earnsOnGiftCards: true });
    expect((await sell('TEN', { items })).order.pointsEarned).toBe(116);
  });

  it('that are returned keep the points of the goods, and goods that are returned lose them', async () => {
    const { order } = await sell('TEN', { items });
    const [card, ten] = order.lines.map(({ id }) => id);
    const back = async (itemId: string | undefined) =>
      (await partiallyRefundOrder(till.ctx, order.id, { items: [{ itemId: itemId!, quantity: amount(1) }] }))
        .order;
    expect([order.pointsEarned, (await back(card)).pointsEarned, (await back(ten)).pointsEarned]).toEqual([
      10, 0, -10,
    ]);
    const other = await sell('TEN', { items });
    const goods = [{ itemId: other.order.lines[1]!.id, quantity: amount(1) }];
    const returned = await partiallyRefundOrder(till.ctx, other.order.id, { items: goods });
    expect([returned.order.pointsEarned, await points()]).toEqual([-10, 0]);
  });
});

describe('a return', () => {
  it('reverses the points of its goods (M8): three cups of 33.33 at 1.5 lose 16, 17 and 16 of 49', async () => {
    await program({ earnRate: amount('1.5') });
    const { order } = await sell('CUP', { items: [{ sku: 'CUP', quantity: amount(3) }] });
    expect([order.total.toFixed(2), order.pointsEarned]).toEqual(['33.33', 49]);
    const items = [{ itemId: order.lines[0]!.id, quantity: amount(1) }];
    const earned = [];
    for (let cup = 0; cup < 3; cup += 1)
      earned.push((await partiallyRefundOrder(till.ctx, order.id, { items })).order.pointsEarned);
    expect(earned).toEqual([-16, -17, -16]);
    expect(await points()).toBe(0);
  });

  it('restores the points that paid for its goods, and a void all of them', async () => {
    await program();
    await grant(1_000);
    const { order } = await sell('TEN', {
      items: [{ sku: 'TEN', quantity: amount(4) }],
      redeemPoints: 1_000,
    });
    expect(await points()).toBe(30);
    const items = [{ itemId: order.lines[0]!.id, quantity: amount(1) }];
    const part = await partiallyRefundOrder(till.ctx, order.id, { items });
    expect([part.order.total.toFixed(2), part.order.pointsEarned]).toEqual(['-7.50', -8]);
    expect(await points()).toBe(30 - 8 + 250);
    await refundOrder(till.ctx, order.id, {});
    expect(await points()).toBe(1_000);
    const second = await sell('TEN', { redeemPoints: 400 });
    await voidOrder(till.ctx, second.order.id, { reason: 'A mistake' });
    expect(await points()).toBe(1_000);
  });

  it('of goods that points paid in full restores them', async () => {
    await program();
    await grant(1_000);
    const { order } = await sell('TEN', { redeemPoints: 1_000 });
    expect([order.total.toFixed(2), order.pointsEarned, await points()]).toEqual(['0.00', 0, 0]);
    await refundOrder(till.ctx, order.id, {});
    expect(await points()).toBe(1_000);
  });
});

describe('a sale without points', () => {
  /** The statements about points. */
  const aboutPoints = (texts: readonly string[]) =>
    texts
      .filter((text) => text.includes('loyalty_'))
      .map((text) => /(into|join|update) loyalty_\w+/.exec(text)![0]);
  const statements = async (input: CheckoutInput) =>
    (await statementsOf(() => checkout(till.ctx, input))).map(({ text }) => text);

  it('sends no statement about them without a customer or without a program', async () => {
    await sell('TEN');
    expect(aboutPoints(await statements(basket('TEN')))).toEqual([]);
    await program();
    await eventsPublished(till.ctx);
    await sell('TEN');
    expect(aboutPoints(await statements(basket('TEN', { customerId: null })))).toEqual([]);
  });

  it('sends two of a customer who earns, and waits no longer', async () => {
    await sell('TEN');
    const before = await roundTripsOf(() => sell('TEN'));
    await program();
    // The published event drops the cached program once more, so the next sale reads it again.
    await eventsPublished(till.ctx);
    await sell('TEN');
    const after = await roundTripsOf(() => sell('TEN'));
    expect(after.map(aboutPoints).filter((texts) => texts.length > 0)).toEqual([
      ['join loyalty_accounts'],
      ['into loyalty_accounts'],
    ]);
    // The locks of a sale keep their order: stock, points, session.
    const locks = after.find((texts) => texts.some((text) => text.includes('into loyalty_accounts')))!;
    expect(
      locks.map((text) => /stock_levels|loyalty_accounts|register_sessions|counters/.exec(text)?.[0]),
    ).toEqual([undefined, 'stock_levels', 'loyalty_accounts', 'register_sessions', 'counters']);
    // One more, for the balance.
    expect(after).toHaveLength(before.length + 1);
  });

  it('earns nothing while the program is not active, and its return reverses what it earned before', async () => {
    await program();
    const { order } = await sell('LAMP');
    await program({ active: false });
    expect((await sell('LAMP')).order.pointsEarned).toBe(0);
    await refundOrder(till.ctx, order.id, {});
    expect(await points()).toBe(0);
  });
});

describe('the preview', () => {
  const { ask } = subgraphClient(subgraph, () => db);

  it('is in the graph, without points for a sale without a program', async () => {
    const query = `query ($input: CheckoutInput!) { calculateCheckout(input: $input) {
      total pointsRedeemed pointsDiscount pointsEarned pointsPreview { earned balance redeemable value currency } } }`;
    const input = { items: [{ sku: 'TEN' }], customerId: till.customerId };
    expect(await ask(till.actor, query, { input })).toEqual({
      calculateCheckout: {
        total: '10.00',
        pointsRedeemed: 0,
        pointsDiscount: '0.00',
        pointsEarned: 0,
        pointsPreview: null,
      },
    });
    await program();
    await grant(400);
    expect(await ask(till.actor, query, { input: { ...input, redeemPoints: 150 } })).toEqual({
      calculateCheckout: {
        total: '8.50',
        pointsRedeemed: 150,
        pointsDiscount: '1.50',
        pointsEarned: 8,
        pointsPreview: { earned: 8, balance: 400, redeemable: 400, value: '4.00', currency: 'EUR' },
      },
    });
  });

  it('shows what the customer has, and the most that the basket takes', async () => {
    await program({ maximumPercent: amount(50) });
    await grant(2_000);
    const {
      points: benefit,
      lines,
      totals,
    } = await calculateCheckout(till.ctx, basket('SET', { redeemPoints: 100 }));
    expect(benefit?.redeemed).toEqual({ points: 100, amount: amount(1) });
    expect(pointsPreview(benefit!, { lines, totals }, 'EUR')).toEqual({
      earned: 32,
      balance: 2_000,
      redeemable: 1_666,
      value: amount('16.66'),
      currency: 'EUR',
    });
  });
});
