/** Gift cards and store credit at the till: paying, previews, and refunds of orders paid with them. */
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/index';
import { insertGiftCard } from '#subgraphs/payments/index';
import { disableGiftCard } from '#subgraphs/payments/gift-cards/gift-cards';
import type { GiftCard, NewGiftCard } from '#subgraphs/payments/gift-cards/gift-card-ledger';
import {
  giftCard,
  listGiftCardEntries,
  requireGiftCard,
} from '#subgraphs/payments/gift-cards/gift-cards.queries';
import { withCode } from '#subgraphs/payments/gift-cards/gift-card-ledger';
import { customerStoreCredit } from '#subgraphs/payments/store-credit/store-credit.queries';
import { grantStoreCreditByHand } from '#subgraphs/payments/store-credit/store-credits';
import { checkout, returnItems, type CheckoutInput } from '#subgraphs/pos/index';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { exchangeItems } from '#subgraphs/pos/returns/exchange';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { xReport } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
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
      { sku: 'SHADE', price: '10.00', stock: '1000', cost: '4.00' },
    ],
  });
  ctx = till.ctx;
});

const card = (value: string, more: Partial<NewGiftCard> = {}): Promise<GiftCard> =>
  transact(ctx, (tx) => {
    const gift = { amount: amount(value), currency: 'EUR', purpose: 'multi_purpose', ...more } as const;
    return Promise.resolve(withCode(ctx, insertGiftCard(tx, ctx, gift)));
  });
const balanceOf = async ({ id }: GiftCard) => (await requireGiftCard(ctx.db, id)).balance.toFixed(2);
const creditOf = async () => (await customerStoreCredit(ctx, ctx.db, till.customerId)).balance.toFixed(2);
const lamps = (
  quantity: number,
  payments: CheckoutInput['payments'],
  more: Partial<CheckoutInput> = {},
): CheckoutInput => ({
  items: [{ sku: 'LAMP', quantity: amount(quantity) }],
  registerId: till.registerId,
  payments: payments ?? null,
  ...more,
});
const withCard = ({ code }: GiftCard, value?: string) => ({
  method: 'gift_card' as const,
  giftCardCode: code!,
  ...(value === undefined ? {} : { amount: amount(value) }),
});
const paymentsOf = (payments: readonly { method: string; amount: { toFixed(places: number): string } }[]) =>
  payments.map((payment) => [payment.method, payment.amount.toFixed(2)]);

describe('a gift card', () => {
  it('P8: pays after all discounts: goods 90.00, discount 25.00, card 65.00', async () => {
    const gift = await card('65.00');
    const input = lamps(3, [withCard(gift)], { discount: { amount: amount(25) } });
    const quote = await calculateCheckout(ctx, input);
    expect([quote.total.toFixed(2), quote.paid.toFixed(2), quote.due.toFixed(2)]).toEqual([
      '65.00',
      '65.00',
      '0.00',
    ]);
    expect(quote.payments).toMatchObject([
      { method: 'gift_card', amount: amount(65), reference: `**** ${gift.lastFour}` },
    ]);
    const { order, payments } = await checkout(ctx, input);
    expect([order.total, order.paid, order.change]).toEqual([amount(65), amount(65), amount(0)]);
    expect(payments).toMatchObject([
      { method: 'gift_card', amount: amount(65), reference: `**** ${gift.lastFour}` },
    ]);
    expect(await balanceOf(gift)).toBe('0.00');
    const { items } = await listGiftCardEntries(ctx.db, await requireGiftCard(ctx.db, gift.id), {});
    expect(items[0]).toMatchObject({
      kind: 'redemption',
      amount: amount(-65),
      referenceType: 'order',
      referenceId: order.id,
      paymentId: payments[0]!.id,
    });
  });

  it('P8: is used in part, several on one sale: two cards of 50.00 on 60.00', async () => {
    const [first, second] = [await card('50.00'), await card('50.00')];
    const { payments } = await checkout(ctx, lamps(2, [withCard(first), withCard(second)]));
    expect(paymentsOf(payments)).toEqual([
      ['gift_card', '50.00'],
      ['gift_card', '10.00'],
    ]);
    expect([await balanceOf(first), await balanceOf(second)]).toEqual(['0.00', '40.00']);
    // The tender is in the report, and the sale is net sales as with any payment.
    const report = await xReport(ctx, till.registerId);
    expect([report.netSales, report.expectedCash]).toEqual([amount(60), amount(100)]);
    expect(paymentsOf(report.payments)).toEqual([['gift_card', '60.00']]);
  });

  it('leaves the rest to another payment, with change for cash', async () => {
    const gift = await card('12.50');
    const { order, payments } = await checkout(
      ctx,
      lamps(1, [withCard(gift), { method: 'cash', amount: amount(20) }]),
    );
    // Cash was named, so the card pays only what the cash leaves.
    expect(paymentsOf(payments)).toEqual([
      ['gift_card', '10.00'],
      ['cash', '20.00'],
    ]);
    const more = await checkout(
      ctx,
      lamps(1, [withCard(gift, '2.50'), { method: 'cash', amount: amount(50) }]),
    );
    expect([order.change, more.order.change]).toEqual([amount(0), amount('22.50')]);
    expect(await balanceOf(gift)).toBe('0.00');
    const short = await expectError(
      'PAYMENT_INSUFFICIENT',
      checkout(ctx, lamps(1, [withCard(await card('29.99'))])),
    );
    expect(short.details).toMatchObject({ missing: '0.01' });
  });

  it('pays its last balance once when 20 tills ask for it', async () => {
    const gift = await card('30.00');
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => codeOf(checkout(till.as(['pos:sell']), lamps(1, [withCard(gift)])))),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(codes.filter((code) => code === 'PAYMENT_INSUFFICIENT')).toHaveLength(19);
    expect(await balanceOf(gift)).toBe('0.00');
    expect((await xReport(ctx, till.registerId)).salesCount).toBe(1);
  });

  it('does not pay with a wrong, disabled, expired or foreign code, and says why where it may', async () => {
    const disabled = await card('30.00');
    await disableGiftCard(ctx, disabled.id, { reason: 'Lost' });
    const expired = await card('30.00', { expiresAt: new Date(Date.now() - 1_000) });
    const francs = await card('30.00', { currency: 'CHF' });
    const attempts = [{ code: 'ZZZZ-ZZZZ-ZZZZ-ZZZZ' } as GiftCard, disabled, expired, francs];
    const errors = await Promise.all(
      attempts.map((gift) => expectError('GIFT_CARD_INVALID', checkout(ctx, lamps(1, [withCard(gift)])))),
    );
    expect(
      errors.map(({ status, message, errors: fields }) => [
        status,
        message,
        fields?.map(({ field, code }) => `${field} ${code}`),
      ]),
    ).toEqual([
      [422, 'There is no gift card with this code.', ['payments.0.giftCardCode UNKNOWN']],
      [422, 'There is no gift card with this code.', ['payments.0.giftCardCode UNKNOWN']],
      [422, 'The gift card has expired.', ['payments.0.giftCardCode EXPIRED']],
      [422, 'The gift card has another currency.', ['payments.0.giftCardCode OTHER_CURRENCY']],
    ]);
    const good = await card('30.00');
    expect(await issuesOf(checkout(ctx, lamps(1, [withCard(good), withCard(good)])))).toEqual([
      'payments.1.giftCardCode DUPLICATE',
    ]);
    expect(await issuesOf(checkout(ctx, lamps(1, [{ method: 'gift_card' }])))).toEqual([
      'payments.0.giftCardCode REQUIRED',
    ]);
    expect(await issuesOf(checkout(ctx, lamps(1, [{ ...withCard(good, '30'), method: 'card' }])))).toEqual([
      'payments.0.giftCardCode INVALID',
    ]);
    expect(await issuesOf(checkout(ctx, lamps(1, [withCard(good, '30.01')])))).toEqual([
      'payments.0.amount GIFT_CARD_BALANCE_EXCEEDED',
    ]);
    const { issues } = await validateCheckout(ctx, lamps(1, [withCard(expired)]));
    expect(issues.map(({ code, field }) => [code, field])).toContainEqual([
      'GIFT_CARD_INVALID',
      'payments.0.giftCardCode',
    ]);
    expect(await balanceOf(good)).toBe('30.00');
  });

  it('is answered once: a repeated checkout takes nothing again', async () => {
    const gift = await card('50.00');
    const input = lamps(1, [withCard(gift)], { clientReference: ctx.ids.next() });
    const first = await checkout(ctx, input);
    expect((await checkout(ctx, input)).order.id).toBe(first.order.id);
    expect(await balanceOf(gift)).toBe('20.00');
  });
});

describe('store credit', () => {
  it('pays with a customer, as much as there is', async () => {
    await grantStoreCreditByHand(ctx, till.customerId, { amount: amount(20) });
    const credit = { method: 'store_credit' as const };
    const customer = { customerId: till.customerId };
    const { payments } = await checkout(
      ctx,
      lamps(1, [credit, { method: 'card', amount: amount(25) }], customer),
    );
    expect(paymentsOf(payments)).toEqual([
      ['store_credit', '5.00'],
      ['card', '25.00'],
    ]);
    expect(await creditOf()).toBe('15.00');
    expect(await issuesOf(checkout(ctx, lamps(1, [credit])))).toEqual(['customerId REQUIRED']);
    expect(await issuesOf(checkout(ctx, lamps(1, [credit, credit], customer)))).toEqual([
      'payments.1.method DUPLICATE',
    ]);
    expect(await issuesOf(checkout(ctx, lamps(1, [{ ...credit, amount: amount(16) }], customer)))).toEqual([
      'payments.0.amount STORE_CREDIT_EXCEEDED',
    ]);
    expect(await codeOf(checkout(ctx, lamps(1, [credit], customer)))).toBe('PAYMENT_INSUFFICIENT');
  });

  it('pays its last balance once when 20 tills ask for it', async () => {
    await grantStoreCreditByHand(ctx, till.customerId, { amount: amount(30) });
    const sale = () =>
      checkout(
        till.as(['pos:sell']),
        lamps(1, [{ method: 'store_credit' }], { customerId: till.customerId }),
      );
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(sale())));
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(await creditOf()).toBe('0.00');
  });
});

describe('a refund', () => {
  it('goes back to the cards and the credit that paid, in their order, never more than they paid', async () => {
    const [first, second] = [await card('50.00'), await card('50.00')];
    await grantStoreCreditByHand(ctx, till.customerId, { amount: amount(30) });
    const { order } = await checkout(
      ctx,
      lamps(4, [withCard(first), withCard(second), { method: 'store_credit' }], {
        customerId: till.customerId,
      }),
    );
    expect([await balanceOf(first), await balanceOf(second), await creditOf()]).toEqual([
      '0.00',
      '0.00',
      '10.00',
    ]);
    const two = await partiallyRefundOrder(ctx, order.id, { items: [{ sku: 'LAMP', quantity: amount(2) }] });
    expect(paymentsOf(two.payments)).toEqual([
      ['gift_card', '-50.00'],
      ['gift_card', '-10.00'],
    ]);
    expect([await balanceOf(first), await balanceOf(second), await creditOf()]).toEqual([
      '50.00',
      '10.00',
      '10.00',
    ]);
    const rest = await refundOrder(ctx, order.id);
    expect(paymentsOf(rest.payments)).toEqual([
      ['gift_card', '-40.00'],
      ['store_credit', '-20.00'],
    ]);
    expect([await balanceOf(first), await balanceOf(second), await creditOf()]).toEqual([
      '50.00',
      '50.00',
      '30.00',
    ]);
    expect((await xReport(ctx, till.registerId)).netSales).toEqual(amount(0));
  });

  it('of a void restores the card', async () => {
    const gift = await card('40.00');
    const { order } = await checkout(ctx, lamps(1, [withCard(gift)]));
    await voidOrder(ctx, order.id, { reason: 'Wrong lamp' });
    expect(await balanceOf(gift)).toBe('40.00');
  });

  it('needs another way if the card is disabled', async () => {
    const gift = await card('40.00');
    const { order } = await checkout(ctx, lamps(1, [withCard(gift)]));
    await disableGiftCard(ctx, gift.id, { reason: 'Stolen' });
    const error = await expectError('ILLEGAL_STATE', refundOrder(ctx, order.id));
    expect(error.message).toBe(
      'The money cannot be refunded the way it came, because the gift card that paid is disabled or has expired. Set "method" to choose another way.',
    );
    const { payments, giftCards } = await refundOrder(ctx, order.id, { method: 'gift_card' });
    expect(paymentsOf(payments)).toEqual([['gift_card', '-30.00']]);
    expect(giftCards).toMatchObject([{ balance: amount(30), orderId: payments[0]!.orderId }]);
    // The stored answer has no code; the graph answers it once (test/orders/stored-value/graph.test.ts).
    expect(giftCards![0]).not.toHaveProperty('code');
    expect((await giftCard(ctx, withCode(ctx, giftCards![0]!).code!)).balance).toEqual(amount(30));
  });

  it('becomes store credit if the caller chooses so, for a customer only', async () => {
    const { order } = await checkout(
      ctx,
      lamps(2, [{ method: 'card', amount: amount(60) }], { customerId: till.customerId }),
    );
    await partiallyRefundOrder(ctx, order.id, {
      items: [{ sku: 'LAMP', quantity: amount(1) }],
      method: 'store_credit',
    });
    expect(await creditOf()).toBe('30.00');
    const nameless = await checkout(ctx, lamps(1, [{ method: 'card', amount: amount(30) }]));
    expect(await issuesOf(refundOrder(ctx, nameless.order.id, { method: 'store_credit' }))).toEqual([
      'payments INVALID',
    ]);
    const items = [{ sku: 'SHADE', quantity: amount(1) }];
    await returnItems(ctx, {
      items,
      reason: 'No receipt',
      customerId: till.customerId,
      method: 'store_credit',
      registerId: till.registerId,
    });
    expect(await creditOf()).toBe('40.00');
  });

  it('of an exchange pays with goods and cards, and issues no card', async () => {
    const { order } = await checkout(ctx, lamps(1, [{ method: 'card', amount: amount(30) }]));
    const exchange = { orderId: order.id, reason: 'Other lamp', registerId: till.registerId };
    const items = [{ sku: 'SHADE', quantity: amount(1) }];
    expect(await issuesOf(exchangeItems(ctx, { ...exchange, items, refundMethod: 'gift_card' }))).toEqual([
      'refundMethod INVALID',
    ]);
    const gift = await card('25.00');
    const dear = [
      { sku: 'LAMP', quantity: amount(1) },
      { sku: 'SHADE', quantity: amount(2) },
    ];
    const { sold } = await exchangeItems(ctx, { ...exchange, items: dear, payments: [withCard(gift)] });
    expect(paymentsOf(sold.payments)).toEqual([
      ['exchange', '30.00'],
      ['gift_card', '20.00'],
    ]);
    expect(await balanceOf(gift)).toBe('5.00');
  });
});

it('costs nothing where it is not used', async () => {
  const input = lamps(1, [{ method: 'card', amount: amount(30) }]);
  const { order } = await checkout(ctx, input);
  const statements = [
    ...(await statementsOf(() => checkout(ctx, input))),
    ...(await statementsOf(() => calculateCheckout(ctx, input))),
    ...(await statementsOf(() => refundOrder(ctx, order.id))),
  ];
  expect(statements.filter(({ text }) => /gift_cards|gift_card_entries|store_credit/.test(text))).toEqual([]);
});
