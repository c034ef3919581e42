/** What else happens at a counter: baskets that wait, sales that are undone, goods that are exchanged, tips, practice. */
import type { PosProError } from '#kernel/errors';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { orderById, refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import {
  discardBasket,
  parkBasket,
  parkedBaskets,
  recallBasket,
} from '#subgraphs/pos/parked-sales/parked-sales';
import { exchangeItems, exchangedAmount } from '#subgraphs/pos/returns/exchange';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { closeRegister, moveCash, openRegister, xReport } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, errorOf, openTill, rowCounts } from '#test/pos/kit';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const tea = (quantity: number) => [{ sku: 'TEA', quantity: amount(quantity) }];
const cash = (given: number | string) => [{ method: 'cash', amount: amount(given) }];

describe('a basket', () => {
  it('waits, is found by its label, and is taken up by one of many', async () => {
    const till = await openTill(db);
    const input = {
      items: tea(2),
      discount: { percent: amount(10) },
      label: 'Lady in red',
      note: 'comes back',
    };
    const parked = await parkBasket(till.as(['pos:sell']), input);
    expect([parked.total.toFixed(), parked.itemCount, parked.currency]).toEqual(['6.3', 1, 'EUR']);
    expect((await parkedBaskets(till.ctx, { search: 'RED' })).items.map(({ id }) => id)).toEqual([parked.id]);
    expect((await parkedBaskets(till.ctx, { search: 'blue' })).items).toEqual([]);
    const tries = await Promise.allSettled([1, 2, 3, 4].map(() => recallBasket(till.as(), parked.id)));
    const got = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(got).toHaveLength(1);
    expect(got[0]!.basket).toEqual({
      items: tea(2),
      discount: { percent: amount(10) },
      customerId: null,
      note: 'comes back',
    });
    const { order } = await checkout(till.as(), { ...got[0]!.basket, payments: cash(10) });
    expect(order.total.toFixed()).toBe('6.3');
    expect((await errorOf(discardBasket(till.as(), parked.id))).code).toBe('NOT_FOUND');
  });

  it('is kept from other organizations', async () => {
    const [till, other] = [await openTill(db), await openTill(db)];
    const parked = await parkBasket(till.as(), { items: tea(1) });
    expect((await errorOf(recallBasket(other.as(), parked.id))).code).toBe('NOT_FOUND');
    expect((await discardBasket(till.as(), parked.id)).id).toBe(parked.id);
  });
});

describe('voiding a sale', () => {
  it('gives everything back the way it came, the tip included, and is counted apart', async () => {
    const till = await openTill(db);
    const payments = [{ method: 'card', amount: amount(5) }, ...cash(10)];
    const { order } = await checkout(till.as(), {
      items: tea(3),
      payments,
      tip: { method: 'cash', amount: amount('1.50') },
    });
    expect((await xReport(till.ctx, till.registerId)).expectedCash.toFixed()).toBe('107');
    const undone = await voidOrder(till.as(), order.id, { reason: 'Rung up twice' });
    expect(undone.order).toMatchObject({
      kind: 'return',
      voids: true,
      originalOrderId: order.id,
      tipMethod: 'cash',
    });
    expect([undone.order.total.toFixed(), undone.order.tip.toFixed()]).toEqual(['-10.5', '-1.5']);
    expect(undone.payments.map(({ method, amount: paid }) => [method, paid.toFixed()])).toEqual([
      ['card', '-5'],
      ['cash', '-5.5'],
    ]);
    expect((await orderById(till.ctx.db, order.id)).status).toBe('refunded');
    const report = await closeRegister(till.as(), { registerId: till.registerId, countedCash: amount(100) });
    expect(report).toMatchObject({ salesCount: 1, returnsCount: 1, voidsCount: 1 });
    expect([report.voids, report.refunds, report.netSales, report.difference].map(String)).toEqual([
      '10.5',
      '10.5',
      '0',
      '0',
    ]);
    expect(report.tips.map(({ method, count, amount: sum }) => [method, count, sum.toFixed()])).toEqual([
      ['cash', 2, '0'],
    ]);
  });

  it('needs the permission, the open session, and a sale that is whole', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.as(), { items: tea(2), payments: cash(10) });
    const refused = await errorOf(voidOrder(till.as(['pos:sell']), order.id, { reason: 'x' }));
    expect([refused.code, refused.facts]).toEqual([
      'APPROVAL_REQUIRED',
      { approval: 'void', scope: 'pos:void' },
    ]);
    await voidOrder(till.as(['pos:void']), order.id, { reason: 'x' });
    expect((await errorOf(voidOrder(till.as(), order.id, { reason: 'x' }))).code).toBe('ILLEGAL_STATE');
    const earlier = await checkout(till.as(), { items: tea(1), payments: cash(10) });
    await closeRegister(till.as(), { registerId: till.registerId, countedCash: amount(100) });
    expect((await errorOf(voidOrder(till.as(), earlier.order.id, { reason: 'x' }))).code).toBe(
      'REGISTER_CLOSED',
    );
    await openRegister(till.as(), { registerId: till.registerId, openingFloat: amount(100) });
    expect((await errorOf(voidOrder(till.as(), earlier.order.id, { reason: 'x' }))).code).toBe(
      'ILLEGAL_STATE',
    );
  });

  it('is done once under one reference', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.as(), { items: tea(1), payments: cash(10) });
    const input = { reason: 'x', clientReference: till.ctx.ids.next() };
    const [first, second] = [
      await voidOrder(till.as(), order.id, input),
      await voidOrder(till.as(), order.id, input),
    ];
    expect(second.order.id).toBe(first.order.id);
  });
});

describe('an exchange', () => {
  it('pays with what comes back, and takes the difference', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.as(), { items: tea(2), paymentMethod: 'card' });
    const pair = await exchangeItems(till.as(), {
      orderId: order.id,
      returned: [{ sku: 'TEA', quantity: amount(1) }],
      items: [{ sku: 'LAST', quantity: amount(1) }],
      payments: cash(10),
      reason: 'Wrong one',
    });
    expect(pair.returned.order).toMatchObject({
      originalOrderId: order.id,
      exchangeOrderId: pair.sold.order.id,
    });
    expect(pair.sold.order.exchangeOrderId).toBe(pair.returned.order.id);
    expect([pair.returned.order.total, pair.sold.order.total, exchangedAmount(pair), pair.sold.order.change].map(String)).toEqual(
      ['-3.5', '10', '3.5', '3.5'],
    ); // prettier-ignore
    const report = await xReport(till.ctx, till.registerId);
    expect(report.payments.map(({ method, amount: sum }) => [method, sum.toFixed()])).toEqual([
      ['card', '7'], ['cash', '6.5'], ['exchange', '0'],
    ]); // prettier-ignore
    expect(report.expectedCash.toFixed()).toBe('106.5');
    // What was paid with goods goes back in cash.
    const back = await refundOrder(till.as(), pair.sold.order.id);
    expect(back.payments.map(({ method, amount: sum }) => [method, sum.toFixed()])).toEqual([
      ['cash', '-3.5'],
      ['cash', '-6.5'],
    ]);
    expect((await errorOf(voidOrder(till.as(), pair.sold.order.id, { reason: 'x' }))).code).toBe(
      'ILLEGAL_STATE',
    );
  });

  it('gives out what is left over, rounded to the smallest coin, and needs no receipt', async () => {
    const till = await openTill(db, { currency: 'CHF', cashRoundingStep: amount('0.05') });
    const input = {
      returned: [{ sku: 'LAST', quantity: amount(1), unitPrice: amount('9.99') }],
      items: tea(1),
      reason: 'Wrong one',
      clientReference: till.ctx.ids.next(),
    };
    const pair = await exchangeItems(till.as(), input);
    expect(
      [pair.returned.order.total, pair.returned.order.rounding, pair.sold.order.total].map(String),
    ).toEqual(['-10', '-0.01', '3.5']);
    expect((await xReport(till.ctx, till.registerId)).expectedCash.toFixed()).toBe('93.5');
    const again = await exchangeItems(till.as(), input);
    expect(again.sold.order.id).toBe(pair.sold.order.id);
  });

  it('writes nothing where one half fails', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.as(), { items: tea(1), payments: cash(10) });
    const before = await rowCounts(db);
    const short = {
      orderId: order.id,
      reason: 'x',
      items: [{ sku: 'LAST', quantity: amount(4) }],
      payments: cash(100),
    };
    expect((await errorOf(exchangeItems(till.as(), short))).code).toBe('INSUFFICIENT_STOCK');
    const unpaid = { orderId: order.id, reason: 'x', items: [{ sku: 'LAST', quantity: amount(1) }] };
    expect((await errorOf(exchangeItems(till.as(), unpaid))).facts).toMatchObject({ missing: '6.50' });
    expect(await rowCounts(db)).toEqual(before);
  });
});

describe('a tip', () => {
  it('lies in the drawer and in no sale', async () => {
    const till = await openTill(db);
    await checkout(till.as(), {
      items: tea(2),
      payments: cash(7),
      tip: { method: 'cash', amount: amount(1) },
    });
    const { order } = await checkout(till.as(), {
      items: tea(2),
      paymentMethod: 'card',
      tip: { method: 'card', amount: amount(2) },
    });
    expect([order.total, order.tip, order.paid].map(String)).toEqual(['7', '2', '7']);
    const report = await closeRegister(till.as(), { registerId: till.registerId, countedCash: amount(108) });
    expect([report.netSales, report.expectedCash, report.difference].map(String)).toEqual(['14', '108', '0']);
    expect(report.tips.map(({ method, count, amount: sum }) => [method, count, sum.toFixed()])).toEqual([
      ['card', 1, '2'],
      ['cash', 1, '1'],
    ]);
    const { content } = await printReceipt(till.ctx, order.id, 'text');
    expect(content).toContain('Tip, Card                             2.00\n');
  });

  it('is an amount, by a kind of tender that can be one', async () => {
    const till = await openTill(db);
    for (const tip of [
      { method: 'credit', amount: amount(1) },
      { method: 'cash', amount: amount(0) },
      { method: 'cash', amount: amount('0.001') },
    ]) {
      expect((await errorOf(checkout(till.as(), { items: tea(1), payments: cash(10), tip }))).code).toBe(
        'VALIDATION_FAILED',
      );
    }
  });
});

describe('a session for practice', () => {
  it('answers and prints like another, and nothing counts', async () => {
    const till = await openTill(db);
    await closeRegister(till.as(), { registerId: till.registerId, countedCash: amount(100) });
    await openRegister(till.as(), { registerId: till.registerId, openingFloat: amount(50), training: true });
    const before = await rowCounts(db);
    const { order, payments } = await checkout(till.as(), {
      items: [...tea(2), { sku: 'LAST', quantity: amount(9) }],
      payments: cash(100),
    });
    expect(order).toMatchObject({ number: 'TRAINING', receiptNumber: 'TRAINING', training: true });
    expect([order.total, order.change, payments[0]!.amount].map(String)).toEqual(['97', '3', '97']);
    const after = await rowCounts(db);
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
    expect(changed).toEqual(['training_sales']);
    const printed = await printReceipt(till.ctx, order.id, 'text');
    expect(printed.content).toContain('*** TRAINING - NOT A RECEIPT ***');
    expect(
      Buffer.from((await printReceipt(till.ctx, order.id, 'escpos')).content, 'base64').indexOf(
        Buffer.from([0x1b, 0x70]),
      ),
    ).toBe(-1);
  });

  it('takes no return and no real money, and ends without a Z-report', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.as(), { items: tea(1), payments: cash(10) });
    await closeRegister(till.as(), { registerId: till.registerId, countedCash: amount('103.50') });
    await openRegister(till.as(), { registerId: till.registerId, openingFloat: amount(50), training: true });
    await checkout(till.as(), { items: tea(1), payments: cash(10) });
    await moveCash(till.as(), 'cash_in', {
      amount: amount(5),
      reason: 'practice',
      registerId: till.registerId,
    });
    const refused: PosProError[] = [
      await errorOf(refundOrder(till.as(), order.id, { registerId: till.registerId })),
      await errorOf(
        exchangeItems(till.as(), {
          orderId: order.id,
          reason: 'x',
          items: tea(1),
          registerId: till.registerId,
        }),
      ),
    ];
    expect(refused.map(({ code, facts }) => [code, facts?.training])).toEqual([
      ['ILLEGAL_STATE', true],
      ['ILLEGAL_STATE', true],
    ]);
    const report = await closeRegister(till.as(), { registerId: till.registerId, countedCash: amount(54) });
    expect(report).toMatchObject({ kind: 'x', training: true, number: null, hash: null, salesCount: 0 });
    expect([report.grandTotal, report.difference!].map(String)).toEqual(['3.5', '-1']);
    await openRegister(till.as(), { registerId: till.registerId, openingFloat: amount(100) });
    const next = await closeRegister(till.as(), { registerId: till.registerId, countedCash: amount(100) });
    expect([next.number, next.grandTotal.toFixed()]).toEqual([2, '3.5']);
  });
});

describe('what is for grown-ups', () => {
  it('is sold once the cashier has made sure of the age', async () => {
    const till = await openTill(db);
    await updateProduct(till.as(), till.items.TEA!.productId, { minimumAge: 18 });
    const error = await errorOf(checkout(till.as(), { items: tea(1), payments: cash(10) }));
    expect([error.status, error.errors?.[0]?.code, error.facts]).toEqual([
      422,
      'AGE_CHECK_REQUIRED',
      { minimumAge: 18 },
    ]);
    expect((await validateCheckout(till.as(), { items: tea(1) })).issues.map(({ field }) => field)).toEqual([
      'ageConfirmed',
    ]);
    expect((await calculateCheckout(till.as(), { items: tea(1) })).total.toFixed()).toBe('3.5');
    const { order } = await checkout(till.as(), { items: tea(1), payments: cash(10), ageConfirmed: true });
    expect(order.total.toFixed()).toBe('3.5');
  });

  it('leaves on the order for which age and by whom it was made sure, and nothing where nobody needed to', async () => {
    const till = await openTill(db);
    await updateProduct(till.as(), till.items.TEA!.productId, { minimumAge: 16 });
    await updateProduct(till.as(), till.items.LAST!.productId, { minimumAge: 18 });
    const ageOf = async (skus: string[]) => {
      const items = skus.map((sku) => ({ sku }));
      const { order } = await checkout(till.as(), { items, paymentMethod: 'card', ageConfirmed: true });
      // As it is stored, and not as it was answered alone.
      const { minimumAge, ageConfirmed, ageConfirmedBy } = await orderById(till.ctx.db, order.id);
      expect(order).toMatchObject({ minimumAge, ageConfirmed, ageConfirmedBy });
      return [minimumAge, ageConfirmed, ageConfirmedBy];
    };
    expect(await ageOf(['TEA', 'LAST', 'BREAD'])).toEqual([18, true, till.actor.userId]);
    expect(await ageOf(['TEA'])).toEqual([16, true, till.actor.userId]);
    expect(await ageOf(['BREAD'])).toEqual([null, false, null]);
    const { order } = await checkout(till.as(), { items: tea(1), payments: cash(10), ageConfirmed: true });
    const { order: back } = await refundOrder(till.as(), order.id, {});
    expect([back.minimumAge, back.ageConfirmed, back.ageConfirmedBy]).toEqual([null, false, null]);
  });

  it('says so too of what goes out in an exchange, and of a sale for practice', async () => {
    const till = await openTill(db);
    await updateProduct(till.as(), till.items.TEA!.productId, { minimumAge: 18 });
    const { order } = await checkout(till.as(), { items: [{ sku: 'BREAD' }], payments: cash(10) });
    const { sold } = await exchangeItems(till.as(), {
      orderId: order.id, reason: 'Other one', items: tea(1), payments: cash(1), ageConfirmed: true,
    }); // prettier-ignore
    const age = { minimumAge: 18, ageConfirmed: true, ageConfirmedBy: till.actor.userId };
    expect(sold.order).toMatchObject(age);
    await closeRegister(till.as(), { registerId: till.registerId, countedCash: amount(100) });
    await openRegister(till.as(), { registerId: till.registerId, openingFloat: amount(50), training: true });
    const practised = await checkout(till.as(), { items: tea(1), payments: cash(10), ageConfirmed: true });
    expect(practised.order).toMatchObject({ training: true, ...age });
  });
});
