/** Gift cards as lines of a sale: issued with it, no net sales, and ended by its refund. */
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/index';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { cashierFigures } from '#subgraphs/orders/reports/cashier-figures.queries';
import { dayFigures } from '#subgraphs/orders/reports/daily-figures.queries';
import { withCode } from '#subgraphs/payments/gift-cards/gift-card-ledger';
import { giftCard, requireGiftCard } from '#subgraphs/payments/gift-cards/gift-cards.queries';
import { topUpGiftCard } from '#subgraphs/payments/gift-cards/gift-cards';
import { checkout, returnItems, type CheckoutInput } from '#subgraphs/pos/index';
import { calculateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { exchangeItems } from '#subgraphs/pos/returns/exchange';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { closeRegister, xReport } from '#subgraphs/registers/index';
import { checkReport } from '#test/pos/agreement';
import { checkDays } from '#test/pos/day-figures';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, expectError, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await openTill(db, {
    articles: [
      { sku: 'LAMP', price: '30.00', stock: '1000', cost: '10.00' },
      { sku: 'CARD', price: '50.00', service: true },
      { sku: 'SPA', price: '50.00', service: true },
    ],
  });
  ctx = till.ctx;
  await updateProduct(ctx, till.items.CARD!.productId, { giftCardPurpose: 'multi_purpose' });
  await updateProduct(ctx, till.items.SPA!.productId, { giftCardPurpose: 'single_purpose' });
});

type Item = CheckoutInput['items'][number];
const lamp: Item = { sku: 'LAMP' };
const cardFor = (value: string): Item => ({ sku: 'CARD', unitPrice: amount(value) });
const basket = (items: readonly Item[], more: Partial<CheckoutInput> = {}): CheckoutInput => ({
  items,
  registerId: till.registerId,
  paymentMethod: 'cash',
  ...more,
});
/** A cashier, who may not change prices. */
const cashier = () => till.as(['pos:sell']);
const report = async () => {
  const { grossSales, discounts, refunds, netSales, giftCardSales, tax, payments } = await xReport(
    ctx,
    till.registerId,
  );
  return {
    figures: [grossSales, discounts, refunds, netSales, giftCardSales].map((value) => value.toFixed(2)),
    tax: tax.map(({ rate, net, tax: of }) => [rate.toFixed(), net.toFixed(2), of.toFixed(2)]),
    payments: payments.map(({ method, amount: value }) => [method, value.toFixed(2)]),
  };
};
const today = async () => {
  const { businessDate } = await ctx.db.one<{ businessDate: string }>(
    sql`select max(business_date)::text as business_date from orders`,
  );
  const { gross, discounts, refunds, net, giftCardSales, unitsSold, taxes, hours } = await dayFigures(
    ctx.db,
    { branchId: till.branchId, date: businessDate },
  );
  const [figures] = await cashierFigures(ctx.db, {
    branchId: till.branchId,
    from: businessDate,
    to: businessDate,
  });
  return {
    day: [gross, discounts, refunds, net, giftCardSales].map((value) => value.toFixed(2)),
    units: unitsSold.toFixed(),
    taxes: taxes.map(({ rate, tax }) => [rate.toFixed(), tax.toFixed(2)]),
    hours: hours.map((hour) => hour.net.toFixed(2)),
    cashier: [figures!.gross, figures!.discounts, figures!.refunds, figures!.net].map((value) =>
      value.toFixed(2),
    ),
    overrides: figures!.overrides,
  };
};
const cardOf = async (sold: Awaited<ReturnType<typeof checkout>>) =>
  requireGiftCard(ctx.db, sold.giftCards![0]!.id);
const redeem = async (sold: Awaited<ReturnType<typeof checkout>>, value: string) => {
  const { code } = withCode(ctx, sold.giftCards![0]!);
  const rest = { method: 'cash' as const, amount: amount(30).minus(value) };
  const payments = [{ method: 'gift_card' as const, giftCardCode: code!, amount: amount(value) }, rest];
  return checkout(ctx, basket([lamp], { paymentMethod: null, payments }));
};

it('P8: a multi-purpose card is sold for any amount, without tax and without net sales', async () => {
  const sold = await checkout(cashier(), basket([lamp, cardFor('25.00')], { customerId: till.customerId }));
  const { order } = sold;
  expect([order.total, order.giftCardTotal, order.grossTotal, order.taxTotal]).toEqual([
    amount(55),
    amount(25),
    amount(30),
    amount('4.79'),
  ]);
  expect(order.lines[1]).toMatchObject({
    giftCardPurpose: 'multi_purpose',
    total: amount(25),
    tax: amount(0),
    taxRate: amount(0),
  });
  const card = await cardOf(sold);
  expect(card).toMatchObject({
    balance: amount(25),
    purpose: 'multi_purpose',
    taxRate: null,
    orderId: order.id,
    orderLineId: order.lines[1]!.id,
    customerId: till.customerId,
  });
  expect((await giftCard(cashier(), withCode(ctx, card).code!)).id).toBe(card.id);
  expect(await report()).toEqual({
    figures: ['30.00', '0.00', '0.00', '30.00', '25.00'],
    tax: [['19', '25.21', '4.79']],
    payments: [['cash', '55.00']],
  });
  expect(await today()).toEqual({
    day: ['30.00', '0.00', '0.00', '30.00', '25.00'],
    units: '1',
    taxes: [['19', '4.79']],
    hours: ['30.00'],
    cashier: ['30.00', '0.00', '0.00', '30.00'],
    overrides: 0,
  });
});

it('P8: a single-purpose card of 50.00 at 19 % has tax of 7.98 when it is sold, and is no net sales either', async () => {
  const sold = await checkout(ctx, basket([{ sku: 'SPA' }]));
  expect(sold.order).toMatchObject({
    total: amount(50),
    taxTotal: amount('7.98'),
    giftCardTotal: amount(50),
  });
  expect(await cardOf(sold)).toMatchObject({
    balance: amount(50),
    purpose: 'single_purpose',
    taxRate: amount(19),
  });
  expect(await report()).toEqual({
    figures: ['0.00', '0.00', '0.00', '0.00', '50.00'],
    tax: [['19', '42.02', '7.98']],
    payments: [['cash', '50.00']],
  });
});

it('goods that a single-purpose card pays for are net sales, and are not taxed again', async () => {
  const sold = await checkout(ctx, basket([{ sku: 'SPA' }]));
  // The card pays 30.00 of 60.00: half of the lamps was taxed with the card.
  const { code } = withCode(ctx, sold.giftCards![0]!);
  const parts = ['10.01', '9.99', '30.00'];
  const orders = [];
  for (const part of parts) {
    const payments = [
      { method: 'gift_card' as const, giftCardCode: code!, amount: amount(part) },
      { method: 'cash' as const, amount: amount(60).minus(part) },
    ];
    orders.push(await checkout(ctx, basket([lamp, lamp], { paymentMethod: null, payments })));
  }
  expect(orders[0]!.order.taxTotal).toEqual(amount('9.58'));
  // Three sales of 60.00 have a tax of 9.58 each; the card paid 7.98 when it was sold, and gives it back to the last cent.
  expect(await report()).toMatchObject({
    figures: ['180.00', '0.00', '0.00', '180.00', '50.00'],
    tax: [['19', '151.26', '28.74']],
  });
  expect(await today()).toMatchObject({
    taxes: [['19', '28.74']],
    day: ['180.00', '0.00', '0.00', '180.00', '50.00'],
  });
  await refundOrder(ctx, orders[2]!.order.id);
  // The card is worth 30.00 again, with its tax.
  expect(await report()).toMatchObject({
    figures: ['180.00', '0.00', '60.00', '120.00', '50.00'],
    tax: [['19', '126.05', '23.95']],
  });
  expect(await today()).toMatchObject({ taxes: [['19', '23.95']] });
  expect((await cardOf(sold)).balance).toEqual(amount(30));
});

it('no discount reduces a card, and each line is one card', async () => {
  const { order } = await checkout(
    ctx,
    basket([lamp, cardFor('100.00')], { discount: { percent: amount(10) } }),
  );
  expect(order.lines.map(({ discount }) => discount.toFixed(2))).toEqual(['3.00', '0.00']);
  expect(
    await codeOf(checkout(ctx, basket([lamp, cardFor('100.00')], { discount: { amount: amount('30.01') } }))),
  ).toBe('DISCOUNT_INVALID');
  const wrong = [
    { ...cardFor('10'), quantity: amount(2) },
    cardFor('0'),
    { ...cardFor('10'), discount: { percent: amount(5) } },
  ];
  const quote = calculateCheckout(ctx, basket(wrong));
  expect(await issuesOf(quote)).toEqual(['items.0.quantity ONE_PER_LINE', 'items.1.unitPrice NOT_POSITIVE']);
  expect(await codeOf(checkout(ctx, basket([wrong[2]!])))).toBe('DISCOUNT_INVALID');
  expect(await report()).toMatchObject({ figures: ['30.00', '3.00', '0.00', '27.00', '100.00'] });
});

it('is answered with its code, again to a repeated request, and the database has no code', async () => {
  const input = basket([cardFor('25.00')], { clientReference: ctx.ids.next() });
  const first = await checkout(ctx, input);
  const again = await checkout(ctx, input);
  expect(again.giftCards!.map(({ id }) => id)).toEqual(first.giftCards!.map(({ id }) => id));
  expect(first.giftCards![0]).not.toHaveProperty('code');
  const later = await checkout(till.request({}), input);
  expect(withCode(ctx, later.giftCards![0]!).code).toBe(withCode(ctx, first.giftCards![0]!).code);
});

describe('the refund of the sale that sold a card', () => {
  it('P8: ends the card: sold for 50.00, 20.00 used, at most 30.00 refundable, balance 0', async () => {
    const sold = await checkout(ctx, basket([cardFor('50.00'), lamp]));
    await redeem(sold, '20.00');
    const { order, payments } = await partiallyRefundOrder(ctx, sold.order.id, {
      items: [{ sku: 'CARD', quantity: amount(1) }],
    });
    expect([order.total, order.giftCardTotal]).toEqual([amount(-30), amount(-30)]);
    expect(payments.map(({ amount: value }) => value.toFixed(2))).toEqual(['-30.00']);
    expect(await cardOf(sold)).toMatchObject({
      balance: amount(0),
      disabledReason: 'Its sale was refunded.',
      entriesCount: 3,
    });
    // The card is settled with the 30.00 that were paid out and the 20.00 that were used.
    expect((await orderById(ctx.db, sold.order.id)).refundedTotal).toEqual(amount(50));
    // The rest of the sale is refunded as if the card had cost what was used of it.
    const rest = await refundOrder(ctx, sold.order.id);
    expect(rest.order.total).toEqual(amount(-30));
    expect(await report()).toMatchObject({ figures: ['60.00', '0.00', '30.00', '30.00', '20.00'] });
    expect(await today()).toMatchObject({
      day: ['60.00', '0.00', '30.00', '30.00', '20.00'],
      cashier: ['60.00', '0.00', '30.00', '30.00'],
    });
  });

  it('rejects a card that is used up, and keeps a later top-up in the books', async () => {
    const sold = await checkout(ctx, basket([cardFor('30.00')]));
    await redeem(sold, '30.00');
    const error = await expectError('ILLEGAL_STATE', refundOrder(ctx, sold.order.id));
    expect(error.message).toBe(`The gift card **** ${sold.giftCards![0]!.lastFour} is used up.`);
    const other = await checkout(ctx, basket([cardFor('30.00')]));
    await topUpGiftCard(ctx, other.giftCards![0]!.id, { amount: amount(5) });
    expect((await refundOrder(ctx, other.order.id)).order.total).toEqual(amount(-30));
    expect(await cardOf(other)).toMatchObject({
      balance: amount(5),
      disabledReason: 'Its sale was refunded.',
    });
  });

  it('as a void disables the card', async () => {
    const sold = await checkout(ctx, basket([{ sku: 'SPA' }]));
    await voidOrder(ctx, sold.order.id, { reason: 'Wrong amount' });
    expect(await cardOf(sold)).toMatchObject({
      balance: amount(0),
      disabledReason: 'Its sale was refunded.',
    });
    expect(await report()).toEqual({
      figures: ['0.00', '0.00', '0.00', '0.00', '0.00'],
      tax: [['19', '0.00', '0.00']],
      payments: [['cash', '0.00']],
    });
  });

  it('and a payment with the card at once end in one of the two', async () => {
    const sold = await checkout(ctx, basket([cardFor('30.00')]));
    const outcomes = await Promise.all([
      codeOf(refundOrder(ctx, sold.order.id)),
      codeOf(redeem(sold, '30.00')),
    ]);
    expect(outcomes.filter((code) => code === 'none')).toHaveLength(1);
    expect((await cardOf(sold)).balance).toEqual(amount(0));
  });
});

it('is not sold by an exchange, nor returned without its sale', async () => {
  const sold = await checkout(ctx, basket([lamp]));
  const exchange = {
    orderId: sold.order.id,
    reason: 'Other',
    items: [cardFor('30.00')],
    registerId: till.registerId,
  };
  expect(await issuesOf(exchangeItems(ctx, exchange))).toEqual(['items.0 GIFT_CARD']);
  const back = {
    items: [{ sku: 'CARD', quantity: amount(1) }],
    reason: 'Found',
    registerId: till.registerId,
  };
  expect(await issuesOf(returnItems(ctx, back))).toEqual(['items.0 GIFT_CARD']);
});

it('is in the Z-report, and its hash', async () => {
  const sold = await checkout(ctx, basket([cardFor('25.00'), lamp]));
  await redeem(sold, '5.00');
  await refundOrder(ctx, sold.order.id);
  await checkout(ctx, basket([cardFor('25.00')]));
  const z = await closeRegister(ctx, { registerId: till.registerId, countedCash: amount(155) });
  expect([z.giftCardSales, z.netSales, z.difference]).toEqual([amount(30), amount(30), amount(0)]);
  await checkReport(till, z);
  await checkDays(till);
});
