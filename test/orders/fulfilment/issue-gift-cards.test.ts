/** Gift cards of placed orders: issued when the order is paid, and ended by its refund, its cancellation and its edits. */
import { SettableClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { levelsOf } from '#subgraphs/inventory/index';
import { editOrder } from '#subgraphs/orders/editing/edit-order';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { confirmOrder } from '#subgraphs/orders/fulfilment/confirm-order';
import { handOverGiftCards } from '#subgraphs/orders/fulfilment/hand-over-gift-cards';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { addOrderPayment, lockOrder, partiallyRefundOrder, refundOrder } from '#subgraphs/orders/index';
import type { CreateOrderInput, ProcessPaymentInput } from '#subgraphs/orders/inputs.generated';
import type { FullOrder } from '#subgraphs/orders/model';
import { dueAmount } from '#subgraphs/orders/order/order-balance.rules';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { stepsOf } from '#subgraphs/orders/order/order-steps';
import { performPaymentWork } from '#subgraphs/orders/payments/payments.worker';
import { takePayment } from '#subgraphs/orders/payments/process-payment';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { dayFigures } from '#subgraphs/orders/reports/daily-figures.queries';
import { giftCardsOfOrders } from '#subgraphs/payments/index';
import { withCode, type GiftCard } from '#subgraphs/payments/gift-cards/gift-card-ledger';
import { loyaltyBalance } from '#subgraphs/marketing/loyalty/members.queries';
import { updateLoyaltyProgram } from '#subgraphs/marketing/loyalty/program';
import { checkout } from '#subgraphs/pos/index';
import { checkDays } from '#test/pos/day-figures';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount, codeOf, expectError, issuesOf } from '#test/harness/values';

const clock = new SettableClock(new Date('2026-03-02T12:00:00Z'));
let db: TestDatabase;
let till: Till;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await openTill(db, {
    articles: [
      { sku: 'LAMP', price: '30.00', stock: '1000', cost: '10.00' },
      { sku: 'CARD', price: '50.00', service: true },
      { sku: 'SPA', price: '50.00', service: true },
      { sku: 'PLASTIC', price: '50.00', stock: '10', cost: '1.00' },
    ],
  });
  ctx = till.ctx;
  for (const sku of ['CARD', 'PLASTIC'])
    await updateProduct(ctx, till.items[sku]!.productId, { giftCardPurpose: 'multi_purpose' });
  await updateProduct(ctx, till.items.SPA!.productId, { giftCardPurpose: 'single_purpose' });
});
afterEach(() => checkDays(till));

type Items = CreateOrderInput['items'];
const CARD: Items = [{ sku: 'CARD' }];
const BOTH: Items = [{ sku: 'LAMP' }, { sku: 'CARD' }];
const place = (items: Items, more: Partial<CreateOrderInput> = {}) =>
  createOrder(ctx, { channel: 'phone', items, ...more });
const received = (value: string) => ({ payments: [{ method: 'card' as const, amount: amount(value) }] });
const pay = (order: FullOrder, input: Partial<ProcessPaymentInput> = {}) =>
  takePayment(ctx, {
    method: 'card',
    providerToken: 'tok_approved',
    capture: true,
    ...input,
    orderId: order.id,
  });
const transfer = (order: FullOrder, value: string) =>
  transact(ctx, async (tx) =>
    addOrderPayment(tx, ctx, await lockOrder(tx, order.id), [{ method: 'card', amount: amount(value) }]),
  );
const read = ({ id }: FullOrder) => orderById(ctx.db, id);
const cardsOf = async ({ id }: FullOrder) => (await giftCardsOfOrders(ctx.db, [id])).get(id) ?? [];
/** The status of the order, and the balances of its cards. */
const stateOf = async (order: FullOrder) => {
  const cards = (await cardsOf(order)).map(
    ({ balance, disabledAt }) => balance.toFixed(2) + (disabledAt === null ? '' : ' disabled'),
  );
  return [(await read(order)).status, ...cards];
};
const actionsOf = async (order: FullOrder) =>
  (await stepsOf(till.ctx, await read(order))).map(({ action }) => action);
/** Pays a part of a lamp with a card. */
const redeem = (card: GiftCard, value: string) =>
  checkout(ctx, {
    items: [{ sku: 'LAMP' }],
    registerId: till.registerId,
    payments: [
      { method: 'gift_card', giftCardCode: withCode(ctx, card).code!, amount: amount(value) },
      { method: 'cash', amount: amount(30).minus(value) },
    ],
  });
async function work(): Promise<void> {
  while ((await performPaymentWork(db.services)) > 0);
}
const item = (order: FullOrder, sku: string) => ({
  itemId: order.lines.find((line) => line.sku === sku)!.id,
  quantity: amount(1),
});

describe('an order of gift cards', () => {
  it('is completed when it is paid, and answered with active cards; the stored answer has no code', async () => {
    const input = { ...received('90.00'), customerId: till.customerId, clientReference: 'erp-1' };
    const items: Items = [{ sku: 'CARD', unitPrice: amount(40) }, { sku: 'CARD' }];
    const posted = await place(items, input);
    expect(posted.order).toMatchObject({ status: 'completed', giftCardTotal: amount(90), taxTotal: amount(0) });
    expect(posted.giftCards).toMatchObject([
      { balance: amount(40), initialAmount: amount(40), customerId: till.customerId, disabledAt: null },
      { balance: amount(50), orderLineId: posted.order.lines[1]!.id },
    ]);
    expect(posted.giftCards![0]).not.toHaveProperty('code');
    const again = await place(items, input);
    expect(again.giftCards!.map((card) => withCode(ctx, card).code)).toEqual(
      posted.giftCards!.map((card) => withCode(ctx, card).code),
    );
    expect(await actionsOf(posted.order)).toEqual(['place', 'complete']);
    await redeem(posted.giftCards![1]!, '20.00');
    expect(await stateOf(posted.order)).toEqual(['completed', '40.00', '30.00']);
  }); // prettier-ignore

  it('issues nothing while it waits, after a decline and after a cancellation, and one card with its payment', async () => {
    const { order, giftCards } = await place(CARD);
    expect([giftCards, await stateOf(order)]).toEqual([[], ['pending']]);
    await expectError('PAYMENT_DECLINED', pay(order, { providerToken: 'tok_declined' }));
    await transfer(order, '49.99');
    expect(await stateOf(order)).toEqual(['pending']);
    await transfer(order, '0.01');
    expect([await stateOf(order), await actionsOf(order)]).toEqual([
      ['completed', '50.00'],
      ['place', 'confirm', 'complete'],
    ]);
    const { order: given } = await place(CARD);
    await cancelOrder(ctx, given.id, {});
    expect(await stateOf(given)).toEqual(['cancelled']);
    const { order: held } = await place(CARD, { ...received('50.00'), status: 'pending' });
    expect(await stateOf(held)).toEqual(['pending']);
    await confirmOrder(ctx, held.id, {});
    expect(await stateOf(held)).toEqual(['completed', '50.00']);
  });

  it('that a person has confirmed before it is paid issues its card with the payment', async () => {
    const { order } = await place(CARD, { status: 'confirmed' });
    expect(await stateOf(order)).toEqual(['confirmed']);
    expect(await issuesOf(shipOrder(ctx, order.id, {}))).toEqual(['items NOTHING_LEFT']);
    await pay(order);
    expect(await stateOf(order)).toEqual(['completed', '50.00']);
  });

  it('waits for the capture of money that is only authorized', async () => {
    const { order } = await place(CARD);
    await pay(order, { capture: false });
    expect(await stateOf(order)).toEqual(['confirmed']);
    await work();
    expect(await stateOf(order)).toEqual(['completed', '50.00']);
  });

  it('sends no statement for cards if it has none', async () => {
    const statements = await statementsOf(async () => {
      const { order } = await place([{ sku: 'LAMP' }], received('30.00'));
      await cancelOrder(till.ctx, order.id, {});
    });
    expect(statements.filter(({ text }) => text.includes('gift_card_entries'))).toEqual([]);
  });

  it('of plastic takes it from the stock', async () => {
    const { order } = await place([{ sku: 'PLASTIC' }, { sku: 'LAMP' }]);
    await transfer(order, '80.00');
    const { variantId } = till.items.PLASTIC!;
    const level = (await levelsOf(ctx.db, [variantId], till.branchId)).get(variantId)!;
    expect([level.onHand.toFixed(), level.reserved.toFixed()]).toEqual(['9', '0']);
    expect((await read(order)).lines[0]!.unitCost).toEqual(amount(1));
  });
});

it('P8: selling a card of 50.00 is no revenue; single-purpose has tax of 7.98, multi-purpose none', async () => {
  const spa = await place([{ sku: 'SPA' }], received('50.00'));
  expect(spa.order).toMatchObject({ total: amount(50), taxTotal: amount('7.98'), grossTotal: amount(0) });
  expect(spa.giftCards).toMatchObject([{ purpose: 'single_purpose', taxRate: amount(19) }]);
  const { order } = await place(CARD, received('50.00'));
  expect(order.taxTotal).toEqual(amount(0));
  const day = await dayFigures(ctx.db, { branchId: till.branchId, date: order.businessDate });
  expect([day.net, day.giftCardSales].map((value) => value.toFixed(2))).toEqual(['0.00', '100.00']);
  expect(day.taxes.map(({ rate, tax }) => [rate.toFixed(), tax.toFixed(2)])).toEqual([['19', '7.98']]);
});

it('is neither reduced by discounts nor by points, earns none, and ships at the tax rate of the goods', async () => {
  await updateLoyaltyProgram(ctx, { active: true });
  const { order } = await place(BOTH, {
    ...received('81.90'),
    discount: { percent: amount(10) },
    customerId: till.customerId,
    shipping: { amount: amount('4.90') },
  });
  expect(order.lines.map(({ discount }) => discount.toFixed(2))).toEqual(['3.00', '0.00']);
  expect([order.shippingTaxRate, order.pointsEarned]).toEqual([amount(19), 27]);
  expect((await loyaltyBalance(ctx, ctx.db, till.customerId)).points).toBe(27);
});

describe('an order of goods and a card', () => {
  it('issues the card when it is paid, before or after the goods are shipped', async () => {
    const { order } = await place(BOTH, received('80.00'));
    expect(await stateOf(order)).toEqual(['confirmed', '50.00']);
    expect(await issuesOf(shipOrder(ctx, order.id, { items: [item(order, 'CARD')] }))).toEqual([
      'items.0.quantity MORE_THAN_LEFT',
    ]);
    await shipOrder(ctx, order.id, {});
    expect([await stateOf(order), await actionsOf(order)]).toEqual([
      ['shipped', '50.00'],
      ['place', 'issue_part', 'ship'],
    ]);
    const { order: later } = await place(BOTH, { status: 'confirmed' });
    await shipOrder(ctx, later.id, {});
    expect(await stateOf(later)).toEqual(['confirmed']);
    await transfer(later, '80.00');
    expect([await stateOf(later), await actionsOf(later)]).toEqual([
      ['shipped', '50.00'],
      ['place', 'ship_part', 'issue'],
    ]);
  });

  it('of an ERP that is complete issues at once', async () => {
    const { order, giftCards } = await place(BOTH, { ...received('80.00'), status: 'completed' });
    expect([await stateOf(order), giftCards?.length]).toEqual([['completed', '50.00'], 1]);
    await refundOrder(ctx, order.id, { method: 'bank_transfer' });
    expect(await stateOf(order)).toEqual(['refunded', '0.00 disabled']);
  });

  it('is complete without its goods, and issues a card that is paid once they are cancelled', async () => {
    const { order } = await place(BOTH, received('80.00'));
    await cancelOrder(ctx, order.id, { items: [item(order, 'LAMP')] });
    expect([await stateOf(order), await actionsOf(order)]).toEqual([
      ['completed', '50.00'],
      ['place', 'issue_part', 'cancel_part', 'complete'],
    ]);
    const { order: unpaid } = await place(BOTH, { ...received('50.00'), status: 'confirmed' });
    expect(await stateOf(unpaid)).toEqual(['confirmed']);
    await cancelOrder(ctx, unpaid.id, { items: [item(unpaid, 'LAMP')] });
    expect([await stateOf(unpaid), dueAmount(await read(unpaid)).toFixed()]).toEqual([['completed', '50.00'], '0']);
  }); // prettier-ignore
});

describe('P8: a card sold for 50.00, of which 20.00 were used, ends at 0', () => {
  it('and at most 30.00 are refunded', async () => {
    const { order, giftCards } = await place(CARD, received('50.00'));
    await redeem(giftCards![0]!, '20.00');
    const refund = await refundOrder(ctx, order.id);
    expect([refund.order.total, refund.order.giftCardTotal]).toEqual([amount(-30), amount(-30)]);
    expect(await stateOf(order)).toEqual(['refunded', '0.00 disabled']);
  });

  it('with the cancellation of its order: 30.00 of the lamp and 30.00 of the card', async () => {
    const { order, giftCards } = await place(BOTH, received('80.00'));
    await redeem(giftCards![0]!, '20.00');
    const cancelled = await cancelOrder(ctx, order.id, {});
    expect([cancelled.status, dueAmount(cancelled).toFixed()]).toEqual(['cancelled', '0']);
    const { payments } = await handOverGiftCards(ctx, order.id);
    expect(payments.map(({ refundedAmount }) => refundedAmount.toFixed(2))).toEqual(['60.00']);
    expect(await stateOf(order)).toEqual(['cancelled', '0.00 disabled']);
  });

  it('with an edit, whose added goods the 30.00 pay for', async () => {
    const { order, giftCards } = await place(BOTH, received('80.00'));
    await redeem(giftCards![0]!, '20.00');
    const remove = [item(order, 'CARD')];
    const edit = await editOrder(ctx, order.id, { remove, add: [{ sku: 'LAMP' }] });
    expect([edit.removed, edit.added, edit.refunded, edit.due].map((value) => value.toFixed(2))).toEqual([
      '30.00', '30.00', '0.00', '0.00',
    ]);
    expect(await stateOf(order)).toEqual(['confirmed', '0.00 disabled']);
  }); // prettier-ignore

  it('and a card that is used up is not refunded', async () => {
    const { order, giftCards } = await place(CARD, received('50.00'));
    await redeem(giftCards![0]!, '30.00');
    await redeem(giftCards![0]!, '20.00');
    await expectError('ILLEGAL_STATE', refundOrder(ctx, order.id));
    expect(await stateOf(order)).toEqual(['completed', '0.00']);
  });
});

describe('an edit', () => {
  it('of an order that waits adds and removes cards, and issues those that are paid', async () => {
    const { order } = await place([{ sku: 'LAMP' }, { sku: 'SPA' }], received('50.00'));
    const { order: more } = await editOrder(ctx, order.id, {
      add: [{ sku: 'CARD', unitPrice: amount(20) }],
      remove: [item(order, 'SPA')],
    });
    expect(more).toMatchObject({ giftCardTotal: amount(20), grossTotal: amount(30), total: amount(50) });
    expect(await stateOf(order)).toEqual(['confirmed', '20.00']);
  });

  it('of a sale adds a card with an order of its own, which is complete once it is paid', async () => {
    const { order } = await place(BOTH, received('80.00'));
    const remove = [item(order, 'LAMP')];
    const edit = await editOrder(ctx, order.id, { remove, add: [{ sku: 'CARD', unitPrice: amount(30) }] });
    expect(await stateOf(order)).toEqual(['completed', '50.00']);
    expect(await stateOf(edit.supplement!)).toEqual(['completed', '30.00']);
    const { order: other } = await place([{ sku: 'LAMP' }], received('30.00'));
    const { supplement } = await editOrder(ctx, other.id, { add: CARD });
    expect(await stateOf(supplement!)).toEqual(['confirmed']);
    await pay(supplement!);
    expect(await stateOf(supplement!)).toEqual(['completed', '50.00']);
  });
});

describe('at the same time', () => {
  it('twenty payments issue one card', async () => {
    const { order } = await place(CARD);
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(pay(order))));
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(await stateOf(order)).toEqual(['completed', '50.00']);
  }, 60_000);

  it('an answer and its webhooks, which come twice, issue one card', async () => {
    const { order } = await place(CARD);
    const { order: late } = await place(CARD);
    await pay(order, { providerToken: 'tok_answers_twice' });
    await pay(late, { providerToken: 'tok_webhook_only' });
    expect(await stateOf(late)).toEqual(['pending']);
    clock.advance(120_000);
    await Promise.all([work(), work(), work()]);
    expect([await stateOf(order), await stateOf(late)]).toEqual([
      ['completed', '50.00'],
      ['completed', '50.00'],
    ]);
  }, 60_000);

  it('a refund of the order and a payment with the card end in one of the two', async () => {
    const { order, giftCards } = await place([{ sku: 'CARD', unitPrice: amount(30) }], received('30.00'));
    const outcomes = await Promise.all([
      codeOf(refundOrder(ctx, order.id, { method: 'bank_transfer' })),
      codeOf(redeem(giftCards![0]!, '30.00')),
    ]);
    expect(outcomes.filter((code) => code === 'none')).toHaveLength(1);
    expect((await cardsOf(order))[0]!.balance).toEqual(amount(0));
  });

  it('a cancellation and the payment end without a card, or with one that the customer has paid', async () => {
    const { order } = await place(BOTH, { status: 'confirmed' });
    await Promise.allSettled([cancelOrder(ctx, order.id, {}), pay(order)]);
    await work();
    const after = await read(order);
    const state = await stateOf(order);
    if (after.status === 'cancelled') expect(['cancelled', 'cancelled,0.00 disabled']).toContain(state.join());
    else expect(state).toEqual(['confirmed', '50.00']);
    expect(dueAmount(after).toFixed()).toBe('0');
  }, 60_000); // prettier-ignore
});

it('hands the codes over again, with an entry of the audit trail, and to no one else', async () => {
  const { order, giftCards } = await place(CARD, received('50.00'));
  const handed = await handOverGiftCards(ctx, order.id);
  expect(handed.giftCards!.map((card) => withCode(ctx, card).code)).toEqual([withCode(ctx, giftCards![0]!).code]);
  await expectError('NOT_FOUND', handOverGiftCards(ctx, till.branchId));
  const stranger = await openTill(db);
  await expectError('NOT_FOUND', handOverGiftCards(stranger.ctx, order.id));
  await partiallyRefundOrder(ctx, order.id, { items: [item(order, 'CARD')] });
  expect((await handOverGiftCards(ctx, order.id)).giftCards).toMatchObject([{ balance: amount(0) }]);
}); // prettier-ignore
