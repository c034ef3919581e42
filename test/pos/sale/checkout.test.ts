import { SettableClock } from '#kernel/clock';
import { transact } from '#kernel/db/transact';
import { sql } from '#kernel/db/database';
import { Decimal, sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { levelsOf } from '#subgraphs/inventory/index';
import { customerById } from '#subgraphs/customers/index';
import { closeRegister, xReport } from '#subgraphs/registers/index';
import { checkout } from '#subgraphs/pos/sale/checkout';
import type { CheckoutInput, CheckoutItemInput } from '#subgraphs/pos/inputs.generated';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { roundTripsOf, statementsOf } from '#test/harness/statements';
import { amount, codeOf, errorOf, figures } from '#test/harness/values';
import { patiently } from '#test/harness/patience';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
});
afterAll(() => db.close());

const of = (
  sku: string,
  quantity: string | number = 1,
  more: Partial<CheckoutItemInput> = {},
): CheckoutItemInput => ({
  sku,
  quantity: amount(quantity),
  ...more,
});
const cash = (value: string | number) => ({ method: 'cash' as const, amount: amount(value) });
const card = (value: string | number) => ({
  method: 'card' as const,
  amount: amount(value),
  reference: 'T-1',
});
const available = async (from: Till, sku: string) =>
  (await levelsOf(from.ctx.db, [from.items[sku]!.variantId], from.branchId))
    .get(from.items[sku]!.variantId)!
    .available.toFixed();

describe('checkout', () => {
  it('sells for split tender and change', async () => {
    const before = await available(till, 'TEA');
    const { order, payments } = await checkout(till.ctx, {
      items: [
        { barcode: '4006381333931', quantity: amount(2) },
        of('BREAD'),
        of('CHEESE', '0.350', { note: 'thin slices' }),
      ],
      payments: [card('10'), cash('20')],
    });
    expect(order).toMatchObject({
      number: 'MAIN.T1-0000001',
      receiptNumber: 'MAIN.T1-R0000001',
      kind: 'sale',
      status: 'completed',
      channel: 'pos',
      currency: 'EUR',
      cashierId: till.actor.userId,
      registerId: till.registerId,
      registerSessionId: till.sessionId,
      branchId: till.branchId,
      warehouseId: till.warehouseId,
    });
    // 7.00 + 2.99 + 6.965 rounded up.
    expect(figures(order)).toEqual({
      grossTotal: '16.96',
      giftCardTotal: '0',
      subtotal: '16.96',
      discountTotal: '0',
      taxTotal: '1.78',
      rounding: '0',
      total: '16.96',
      paid: '30',
      change: '13.04',
      refundedTotal: '0',
      tip: '0',
      waivedTotal: '0',
      shippingTotal: '0',
      shippingTax: '0',
      shippingTaxRate: '0',
      shippingRefunded: '0',
    });
    expect(
      order.lines.map(({ sku, lineNo, note, ...line }) => ({ sku, lineNo, note, ...figures(line) })),
    ).toEqual([
      expect.objectContaining({
        sku: 'TEA',
        lineNo: 1,
        quantity: '2',
        unitPrice: '3.5',
        total: '7',
        tax: '1.12',
        unitCost: '1.2',
      }),
      expect.objectContaining({
        sku: 'BREAD',
        lineNo: 2,
        quantity: '1',
        total: '2.99',
        tax: '0.2',
        unitCost: '0.8',
      }),
      expect.objectContaining({
        sku: 'CHEESE',
        lineNo: 3,
        quantity: '0.35',
        total: '6.97',
        tax: '0.46',
        note: 'thin slices',
      }),
    ]);
    expect(
      payments.map(({ method, amount: kept, reference }) => `${method} ${kept.toFixed()} ${reference}`),
    ).toEqual(['card 10 T-1', 'cash 6.96 null']);
    expect(
      amount(before)
        .minus(await available(till, 'TEA'))
        .toFixed(),
    ).toBe('2');
  });

  it('subtracts line and order discounts, with prices that exclude the tax', async () => {
    const shop = await openTill(db, { pricesIncludeTax: false });
    const input: CheckoutInput = {
      items: [
        of('TEA', 3, { discount: { percent: amount(10) } }),
        of('BREAD', 1, { discount: { amount: amount('0.49') } }),
      ],
      discount: { amount: amount(2) },
      payments: [card('11.35')],
    };
    const quote = await calculateCheckout(shop.ctx, { ...input, payments: [] });
    // 9.45 + 2.50, less 2.00 spread as 1.58 and 0.42: 7.87 at 19 % and 2.08 at 7 %.
    expect(quote.due.toFixed()).toBe('11.6');
    const { order } = await checkout(shop.ctx, { ...input, payments: [card('11.60')] });
    expect(
      order.lines.map((line) => [line.discount.toFixed(2), line.net.toFixed(2), line.tax.toFixed(2)]),
    ).toEqual([
      ['2.63', '7.87', '1.50'],
      ['0.91', '2.08', '0.15'],
    ]);
    expect(figures(order)).toMatchObject({
      subtotal: '13.49',
      discountTotal: '3.54',
      taxTotal: '1.65',
      total: '11.6',
    });
    expect(await codeOf(checkout(shop.ctx, input))).toBe('PAYMENT_INSUFFICIENT');
  });

  it('rounds less than half a coin to no cash, for payment and refund', async () => {
    const articles = [{ sku: 'PEA', price: '0.02', stock: '10' }];
    const swiss = await openTill(db, { currency: 'CHF', cashRoundingStep: amount('0.05'), articles });
    const { order, payments } = await checkout(swiss.ctx, {
      items: [{ sku: 'PEA' }],
      paymentMethod: 'cash',
    });
    expect([order.subtotal, order.rounding, order.total].map(String)).toEqual(['0.02', '-0.02', '0']);
    expect(payments).toEqual([]);
    const undone = await voidOrder(swiss.ctx, order.id, { reason: 'Twice' });
    expect([undone.order.rounding, undone.order.total].map(String)).toEqual(['0.02', '0']);
    const report = await xReport(swiss.ctx, swiss.registerId);
    expect([report.netSales, report.rounding, report.expectedCash].map(String)).toEqual(['0', '0', '100']);
    expect(report.payments).toEqual([]);
  });

  it('rounds cash to 0.05, and counts in whole yen', async () => {
    const swiss = await openTill(db, { currency: 'CHF', cashRoundingStep: amount('0.05') });
    const sold = await checkout(swiss.ctx, { items: [of('BREAD')], payments: [cash(5)] });
    expect(figures(sold.order)).toMatchObject({ rounding: '0.01', total: '3', paid: '5', change: '2' });
    expect(
      (await checkout(swiss.ctx, { items: [of('BREAD')], paymentMethod: 'card' })).order.total.toFixed(),
    ).toBe('2.99');
    expect(
      (await checkout(swiss.ctx, { items: [of('BREAD')], paymentMethod: 'cash' })).order.total.toFixed(),
    ).toBe('3');
    const japan = await openTill(db, { currency: 'JPY' });
    const yen = await checkout(japan.ctx, { items: [of('TEA', 3)], payments: [cash(1000)] });
    expect(figures(yen.order)).toMatchObject({ total: '11', taxTotal: '2', change: '989' });
  });

  it('sells what is free without a payment, what is not stocked, and one item on several lines', async () => {
    const free = await checkout(till.ctx, { items: [of('GIFT', 2)] });
    expect(free.order.total.toFixed()).toBe('0');
    expect(free.payments).toEqual([]);
    const { order } = await checkout(till.ctx, {
      items: [of('DELIVERY'), of('TEA'), of('TEA', 2, { unitPrice: amount('3.1250') })],
      payments: [card('14.65')],
    });
    expect(order.lines.map((line) => line.unitCost?.toFixed() ?? null)).toEqual([null, '1.2', '1.2']);
    expect(order.lines[2]).toMatchObject({ unitPrice: amount('3.125'), listPrice: amount('3.5') });
  });

  it('posts a sale on account, up to the limit', async () => {
    const input: CheckoutInput = {
      items: [of('TEA', 20)],
      customerId: till.customerId,
      payments: [{ method: 'credit', amount: amount(70) }],
    };
    const { order } = await checkout(till.ctx, input);
    expect(order.customerId).toBe(till.customerId);
    expect((await customerById(till.ctx.db, till.customerId))!.creditBalance.toFixed()).toBe('70');
    const before = await rowCounts(db);
    const refused = await errorOf(checkout(till.ctx, input));
    expect([refused.code, refused.status]).toEqual(['PAYMENT_INSUFFICIENT', 422]);
    const nobody = await errorOf(checkout(till.ctx, { ...input, customerId: till.ctx.ids.next() }));
    expect(nobody.errors).toEqual([
      expect.objectContaining({ field: 'customerId', code: 'CUSTOMER_NOT_FOUND' }),
    ]);
    expect(await rowCounts(db)).toEqual(before);
  });

  it('stores the till’s time, and posts on the branch’s business day', async () => {
    const now = till.ctx.clock.now();
    const createdAt = new Date(now.getTime() - 40 * 3_600_000);
    const { order } = await checkout(till.ctx, { items: [of('GIFT')], createdAt });
    expect(order.createdAt).toEqual(createdAt);
    expect(order.receivedAt.getTime()).toBeGreaterThanOrEqual(now.getTime());
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin', dateStyle: 'short' }).format(
      createdAt,
    );
    expect(order.businessDate).toBe(day);
  });
});

describe('a rejected sale', () => {
  const cases: [string, () => Promise<unknown>, string, number, Record<string, unknown>][] = [
    ['more than is there', () => checkout(till.ctx, { items: [of('TEA'), of('LAST', 4)], payments: [cash(100)] }), 'INSUFFICIENT_STOCK', 409,
      { errors: [expect.objectContaining({ field: 'items.1.quantity' })], details: { items: [expect.objectContaining({ line: 1, sku: 'LAST', available: '3' })] } }],
    ['an unknown item', () => checkout(till.ctx, { items: [of('TEA'), { barcode: '999' }, { productId: 'nonsense' }], payments: [cash(100)] }), 'PRODUCT_NOT_FOUND', 422,
      { errors: [expect.objectContaining({ field: 'items.1' }), expect.objectContaining({ field: 'items.2' })], details: { item: 1 } }],
    ['a variant and the SKU of another one', () => checkout(till.ctx, { items: [of('BREAD'), { variantId: till.items.TEA!.variantId, sku: 'BREAD' }], payments: [cash(100)] }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'items.1.sku', code: 'REFERENCES_DIFFER' })] }],
    ['an SKU and the barcode of another product', () => checkout(till.ctx, { items: [{ barcode: '4006381333931', sku: 'BREAD' }], payments: [cash(100)] }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'items.0.sku', code: 'REFERENCES_DIFFER' })] }],
    ['too little money', () => checkout(till.ctx, { items: [of('TEA')], payments: [cash('3.49')] }), 'PAYMENT_INSUFFICIENT', 422,
      { details: { missing: '0.01', total: '3.50', currency: 'EUR' } }],
    ['too much money by card', () => checkout(till.ctx, { items: [of('TEA')], payments: [card('3.51')] }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'payments.0.amount', code: 'OVERPAID' })] }],
    ['an unknown kind of tender', () => checkout(till.ctx, { items: [of('TEA')], payments: [{ method: 'shells' as 'other', amount: amount(4) }] }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'payments.0.method', code: 'UNKNOWN_METHOD' })] }],
    ['a closed register', async () => checkout(till.ctx, { items: [of('TEA')], payments: [cash(4)], registerId: (await closedTill()).registerId }), 'NOT_FOUND', 404, {}],
    ['a price override without the permission', () => checkout(till.as(['pos:sell']), { items: [of('TEA', 1, { unitPrice: amount(1) })], payments: [cash(1)] }), 'FORBIDDEN', 403,
      { details: { scope: 'pos:override' } }],
    ['a discount code', () => checkout(till.ctx, { items: [of('TEA')], payments: [cash(4)], discountCodes: ['WELCOME10'] }), 'DISCOUNT_INVALID', 422,
      { errors: [expect.objectContaining({ field: 'discountCodes.0' })] }],
    ['a discount above the price', () => checkout(till.ctx, { items: [of('TEA', 1, { discount: { amount: amount(4) } })] }), 'DISCOUNT_INVALID', 422,
      { errors: [expect.objectContaining({ field: 'items.0.discount.amount' })] }],
    ['points', () => checkout(till.ctx, { items: [of('TEA')], payments: [cash(4)], redeemPoints: 100 }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'redeemPoints' })] }],
    ['half a piece', () => checkout(till.ctx, { items: [of('TEA', '0.5')], payments: [cash(4)] }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'items.0.quantity', code: 'PRECISION' })] }],
    ['nothing', () => checkout(till.ctx, { items: [] }), 'VALIDATION_FAILED', 422, { errors: [expect.objectContaining({ field: 'items' })] }],
    ['a negative quantity', () => checkout(till.ctx, { items: [of('TEA', -1)] }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'items.0.quantity', code: 'NOT_POSITIVE' })] }],
    ['more than a million', () => checkout(till.ctx, { items: [of('TEA', 1_000_001)] }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'items.0.quantity', code: 'TOO_LARGE' })] }],
    ['an unknown customer', () => checkout(till.ctx, { items: [of('TEA')], payments: [cash(4)], customerId: 'nobody' }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'customerId' })] }],
    ['a sale of tomorrow', () => checkout(till.ctx, { items: [of('GIFT')], createdAt: new Date(Date.now() + 86_400_000) }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'createdAt', code: 'IN_FUTURE' })] }],
    ['a sale of last year', () => checkout(till.ctx, { items: [of('GIFT')], createdAt: new Date(Date.now() - 400 * 86_400_000) }), 'VALIDATION_FAILED', 422,
      { errors: [expect.objectContaining({ field: 'createdAt', code: 'TOO_OLD' })] }],
  ]; // prettier-ignore

  /** A register of another organization; of the caller's own it is tested below. */
  const closedTill = () => Promise.resolve({ registerId: till.ctx.ids.next() });

  it.each(cases)('for %s writes nothing', async (_, work, code, status, details) => {
    const before = await rowCounts(db);
    const error = await errorOf(work());
    expect({
      code: error.code,
      status: error.status,
      errors: error.errors,
      details: error.details,
    }).toMatchObject({
      code,
      status,
      ...details,
    });
    expect(await rowCounts(db)).toEqual(before);
  });

  it('for a register that is closed writes nothing', async () => {
    const shop = await openTill(db);
    await closeRegister(shop.ctx, { registerId: shop.registerId, countedCash: amount(100) });
    const before = await rowCounts(db);
    for (const registerId of [undefined, shop.registerId]) {
      const error = await errorOf(
        checkout(shop.ctx, { items: [of('TEA')], payments: [cash(4)], registerId }),
      );
      expect([error.code, error.status]).toEqual(['REGISTER_CLOSED', 409]);
    }
    expect(await rowCounts(db)).toEqual(before);
  });

  it('answers another organization as if nothing existed', async () => {
    const other = await openTill(db);
    const foreign = other.items.TEA!;
    const error = await errorOf(
      checkout(till.ctx, { items: [{ variantId: foreign.variantId }], payments: [cash(4)] }),
    );
    expect(error.code).toBe('PRODUCT_NOT_FOUND');
    expect(
      (
        await errorOf(
          checkout(till.ctx, { items: [of('TEA')], payments: [cash(4)], registerId: other.registerId }),
        )
      ).code,
    ).toBe('NOT_FOUND');
  });
});

describe('calculate and validate', () => {
  it('calculate the same totals as the sale, and write nothing', async () => {
    const input: CheckoutInput = {
      items: [of('TEA', 2), of('BREAD', 3)],
      discount: { percent: amount(5) },
      payments: [cash(50)],
    };
    const before = await rowCounts(db);
    const quote = await calculateCheckout(till.ctx, input);
    expect(await rowCounts(db)).toEqual(before);
    const { order } = await checkout(till.ctx, input);
    expect([quote.total, quote.change, quote.totals.taxTotal].map(String)).toEqual(
      [order.total, order.change, order.taxTotal].map(String),
    );
  });

  it('list all issues of a sale, and write nothing', async () => {
    const before = await rowCounts(db);
    const found = await validateCheckout(till.as(['pos:sell']), {
      items: [
        of('LAST', 2),
        of('NONSENSE'),
        of('TEA', 1, { unitPrice: amount(1) }),
        of('LAST', 2),
        of('BREAD', '0.5'),
      ],
      discountCodes: ['X'],
      redeemPoints: 1,
      customerId: 'nobody',
    });
    expect(found.valid).toBe(false);
    expect(found.issues.map(({ code, item, field }) => `${item} ${code} ${field}`)).toEqual([
      '0 INSUFFICIENT_STOCK items.0.quantity',
      '1 PRODUCT_NOT_FOUND items.1',
      '2 FORBIDDEN items.2.unitPrice',
      '4 VALIDATION_FAILED items.4.quantity',
      'null VALIDATION_FAILED redeemPoints',
      'null DISCOUNT_INVALID discountCodes.0',
      'null VALIDATION_FAILED customerId',
    ]);
    expect(await validateCheckout(till.ctx, { items: [of('TEA')], payments: [cash('3.50')] })).toEqual({
      valid: true,
      issues: [],
    });
    const poor = await validateCheckout(till.ctx, { items: [of('TEA')], payments: [cash(3)] });
    expect(poor.issues.map(({ code }) => code)).toEqual(['PAYMENT_INSUFFICIENT']);
    const scopes = new Set([...till.actor.scopes].filter((scope) => scope !== 'pos:override'));
    const stranger = db.contextFor({ ...till.actor, scopes, userId: till.ctx.ids.next() });
    expect((await validateCheckout(stranger, { items: [of('TEA')] })).issues.map(({ code }) => code)).toEqual(
      ['REGISTER_CLOSED'],
    );
    expect(await rowCounts(db)).toEqual(before);
  });
});

describe('many at once', () => {
  it('sell the last three units once each, 197 of 200 are told that there are none', async () => {
    const shop = await openTill(db);
    const sales = Array.from({ length: 200 }, () =>
      patiently(() => checkout(shop.ctx, { items: [of('LAST')], payments: [card(10)] })).then(
        () => 'sold',
        (error: unknown) => (error instanceof PosProError ? `${error.status} ${error.code}` : String(error)),
      ),
    );
    const results = (await Promise.all(sales)).sort();
    expect(results).toEqual([...Array<string>(197).fill('409 INSUFFICIENT_STOCK'), 'sold', 'sold', 'sold']);
    expect(await available(shop, 'LAST')).toBe('0');
    const numbers = await shop.ctx.db.many<{ receiptNumber: string }>(
      sql`select receipt_number from orders order by receipt_number`,
    );
    expect(numbers.map((row) => row.receiptNumber)).toEqual([
      'MAIN.T1-R0000001',
      'MAIN.T1-R0000002',
      'MAIN.T1-R0000003',
    ]);
  });

  it('with one client reference are one sale and fifty equal answers', async () => {
    const shop = await openTill(db);
    const clientReference = shop.ctx.ids.next();
    const input = { items: [of('TEA')], payments: [cash(5)], clientReference };
    const contexts = Array.from({ length: 50 }, () => shop.ctx);
    const answers = await Promise.all(contexts.map((ctx) => patiently(() => checkout(ctx, input))));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(contexts.filter((ctx) => ctx.reply.replayed)).toHaveLength(49);
    expect(await shop.ctx.db.many(sql`select id from orders`)).toHaveLength(1);
    expect(answers[0]!.order.total).toBeInstanceOf(Decimal);
    const other = await errorOf(checkout(shop.ctx, { ...input, items: [of('TEA', 2)] }));
    expect([other.code, other.status]).toEqual(['IDEMPOTENCY_KEY_REUSED', 422]);
    expect(
      (
        await errorOf(
          checkout(shop.request({ idempotencyKey: clientReference }), {
            items: [of('TEA')],
            payments: [cash(5)],
          }),
        )
      ).code,
    ).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('know a client reference after its key is forgotten, and from another person', async () => {
    const shop = await openTill(db);
    const input = {
      items: [of('TEA')],
      payments: [cash(5)],
      clientReference: 'till-1:42',
      registerId: shop.registerId,
    };
    const { order } = await checkout(shop.ctx, input);
    const colleague = db.contextFor({ ...shop.actor, userId: shop.ctx.ids.next() });
    const again = await checkout(colleague, input);
    expect([again.order.id, colleague.reply.replayed]).toEqual([order.id, true]);
    await transact(shop.ctx, (tx) => tx.run(sql`delete from idempotency_keys`));
    expect((await checkout(shop.ctx, input)).order.id).toBe(order.id);
    expect(await codeOf(checkout(colleague, { ...input, items: [of('TEA', 2)], payments: [cash(7)] }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    expect(await available(shop, 'TEA')).toBe('999');
  });
});

describe('the statements of a sale', () => {
  // As the graph calls it: the audit entry is among the statements. The clock stands, so that what a till remembers for some
  // seconds (orders/basket/selling-terms.ts) is remembered throughout, however slow the machine.
  const clock = new SettableClock(new Date());
  const sell = (input: CheckoutInput) => {
    const ctx = db.contextFor(till.actor, { operation: { name: 'checkout', input: { input } } });
    return checkout({ ...ctx, clock }, input);
  };
  const items = Array.from({ length: 300 }, (_, index) =>
    of(index % 2 === 0 ? 'TEA' : 'BREAD', 1, { note: String(index) }),
  );
  // The catalogue is cached after the first sale.
  const plain = (number: number): CheckoutInput => ({
    items: items.slice(0, number),
    payments: [cash(2000)],
    clientReference: till.ctx.ids.next(),
  });
  /** The table, or the function, that a statement begins with. */
  const subject = (text: string) =>
    /^(begin|commit)|(pospro_\w+|(?:from|into|update) (?!jsonb|session\b|audit)\w+)/.exec(text)![0];

  it('are eleven in four round trips, whatever the number of items', async () => {
    await sell(plain(2));
    for (const number of [1, 300]) {
      const roundTrips = await roundTripsOf(() => sell(plain(number)));
      expect(roundTrips.map((texts) => texts.map(subject))).toEqual([
        ['begin', 'pospro_bind', 'from pospro_claim_key'],
        ['from register_sessions'],
        ['into stock_levels', 'update register_sessions', 'into counters'],
        ['into payments', 'into order_references', 'into idempotency_keys', 'commit'],
      ]);
    }
  });

  it('are two more for a sale on account', async () => {
    const full = (number: number): CheckoutInput => ({
      ...plain(number),
      customerId: till.customerId,
      payments: [{ method: 'credit', amount: amount('0.50') }, cash(2000)],
      discount: { percent: amount(3) },
    });
    await sell(full(1));
    const small = (await statementsOf(() => sell(full(1)))).map(({ text }) => subject(text.trim()));
    const large = (await statementsOf(() => sell(full(300)))).map(({ text }) => subject(text.trim()));
    expect(large).toEqual(small);
    expect(small).toHaveLength(12);
  });

  it('add up: what the session knows is the sum of its orders', async () => {
    const [row] = await till.ctx.db.many<{
      gross: Decimal;
      net: Decimal;
      rounding: Decimal;
      cash: Decimal;
    }>(sql`
      select s.gross_sales as gross, s.net_sales as net, s.rounding, s.expected_cash as cash from register_sessions s where s.id = ${till.sessionId}`);
    const orders = await till.ctx.db.many<{ total: Decimal; grossTotal: Decimal }>(
      sql`select total, gross_total from orders`,
    );
    const paid = await till.ctx.db.many<{ amount: Decimal }>(
      sql`select amount from payments where method = 'cash'`,
    );
    expect(row!.net.toFixed()).toBe(sum(orders.map((order) => order.total)).toFixed());
    expect(row!.gross.toFixed()).toBe(sum(orders.map((order) => order.grossTotal)).toFixed());
    expect(row!.cash.toFixed()).toBe(
      sum(paid.map((payment) => payment.amount))
        .plus(100)
        .toFixed(),
    );
  });
});
