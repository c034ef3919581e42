/** Offline sales that a checkout would reject are posted as they happened, with a conflict for every rule and every cent. */
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/index';
import { acknowledgeConflict, listConflicts } from '#subgraphs/pos/offline/offline-conflicts';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { dailySalesReport } from '#subgraphs/pos/reports/daily-sales-report';
import { shiftReport } from '#subgraphs/pos/reports/shift-report';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { updatePaymentMethod } from '#subgraphs/payments/payment-methods';
import { closeRegister, updateTillSettings, xReport } from '#subgraphs/registers/index';
import type { NewOrganization } from '#subgraphs/auth/index';
import type { OfflineSaleInput } from '#subgraphs/pos/inputs.generated';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { checkOrders, checkReport } from '#test/pos/agreement';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, errorOf } from '#test/harness/values';
import type { PaymentMethodKind } from '#subgraphs/payments/inputs.generated';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const SWISS: Partial<NewOrganization> = { currency: 'CHF', cashRoundingStep: amount('0.05') };
const cashier = (till: Till) =>
  db.contextFor({ ...till.actor, role: 'cashier', scopes: new Set(['pos:sell']) });
const cash = (sum: string) => ({
  paymentMethod: null,
  payments: [{ method: 'cash' as const, amount: amount(sum) }],
});
const card = (sum: string) => ({
  paymentMethod: null,
  payments: [{ method: 'card' as const, amount: amount(sum) }],
});

function saleOf(till: Till, more: Partial<OfflineSaleInput> = {}): OfflineSaleInput {
  return {
    clientReference: till.ctx.ids.next(),
    items: [{ sku: 'TEA', quantity: amount(1) }],
    paymentMethod: 'card' as const,
    registerId: till.registerId,
    ...more,
  };
}

async function book(till: Till, more: Partial<OfflineSaleInput>, ctx = cashier(till)) {
  const [result] = await bookOfflineSales(ctx, [saleOf(till, more)]);
  expect(result!.error).toBeNull();
  return result!;
}

const text = (value: Decimal | null) => value?.toFixed() ?? null;

describe('each rule of the till', () => {
  const limited = async () => {
    const till = await openTill(db);
    await updateTillSettings(till.ctx, {
      limits: [{ role: 'cashier', discountPercent: amount(10), overridePercent: amount(10) }],
    });
    return till;
  };
  const item = (more: object) => ({ items: [{ sku: 'TEA', quantity: amount(2), ...more }] });

  it.each<[string, Partial<OfflineSaleInput>, unknown[]]>([
    [
      'a price without pos:override',
      item({ unitPrice: amount('3.00') }),
      ['PRICE_CHANGED', 'pos:override', 0, '3', '3.5', '-1'],
    ],
    [
      'a discount on a line',
      item({ discount: { percent: amount(100) } }),
      ['DISCOUNT_LIMIT', 'limits.discountPercent', 0, '100', '10', '-7'],
    ],
    [
      'an amount off a line',
      item({ discount: { amount: amount(1) } }),
      ['DISCOUNT_LIMIT', 'limits.discountPercent', 0, '14.29', '10', '-1'],
    ],
    [
      'a discount on the basket',
      { discount: { percent: amount(20) } },
      ['DISCOUNT_LIMIT', 'limits.discountPercent', null, '20', '10', '-0.7'],
    ],
    [
      'a code that there is not',
      { discountCodes: ['SUMMER'] },
      ['DISCOUNT_CODE_UNKNOWN', 'discountCodes', null, 'SUMMER', null, null],
    ],
    [
      'points that there are not',
      { redeemPoints: 50 },
      ['POINTS_UNKNOWN', 'redeemPoints', null, '50', '0', null],
    ],
    [
      'a part of a piece',
      { items: [{ sku: 'TEA', quantity: amount('1.5') }] },
      ['QUANTITY_PRECISION', 'product.quantityPlaces', 0, '1.5', '0', null],
    ],
    [
      'more than there is',
      { items: [{ sku: 'LAST', quantity: amount(5) }] },
      ['INSUFFICIENT_STOCK', 'stock.available', 0, '5', '-2', null],
    ],
    [
      'on account without a customer',
      { paymentMethod: 'credit' },
      ['CREDIT_WITHOUT_CUSTOMER', 'customerId', null, null, null, null],
    ],
    [
      'a tip on account',
      { tip: { method: 'credit', amount: amount(1) } },
      ['TIP_REFUSED', 'tip.method: UNKNOWN_METHOD', null, null, null, null],
    ],
  ])('%s', async (_, more, expected) => {
    const till = await limited();
    const { status, conflicts, posted } = await book(till, more);
    expect([status, posted === null]).toEqual(['conflict', false]);
    const [first] = conflicts;
    expect([
      first!.code,
      first!.rule,
      first!.item,
      first!.sold,
      first!.present,
      text(first!.difference),
    ]).toEqual(expected);
    const kept = await listConflicts(till.ctx, { orderId: posted!.order.id, sort: 'createdAt' });
    expect(kept.items).toMatchObject(
      conflicts.map(({ code, rule, message }) => ({ code, rule, message, acknowledgedAt: null })),
    );
    await checkReport(
      till,
      await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) }),
    );
  });

  it('names no rule for a price that the seller may charge, and the limit for one beyond it', async () => {
    const till = await limited();
    const manager = db.contextFor({
      ...till.actor,
      role: 'cashier',
      scopes: new Set(['pos:sell', 'pos:override']),
    });
    const price = (sum: string) => ({ items: [{ sku: 'TEA', unitPrice: amount(sum) }] });
    const [near] = (await book(till, price('3.40'), manager)).conflicts;
    const [far] = (await book(till, price('3.00'), manager)).conflicts;
    expect([near!.rule, far!.rule]).toEqual([null, 'limits.overridePercent']);
  });

  it('names an unverified age', async () => {
    const till = await limited();
    await updateProduct(till.ctx, till.items.TEA!.productId, { minimumAge: 18 });
    const { conflicts } = await book(till, {});
    expect(conflicts.map(({ code, rule, present }) => [code, rule, present])).toEqual([
      ['AGE_UNCONFIRMED', 'product.minimumAge', '18'],
    ]);
    expect((await book(till, { ageConfirmed: true })).status).toBe('created');
  });

  it('posts a sale beyond the limit of an account', async () => {
    const till = await limited();
    const sale = {
      items: [{ sku: 'LAST', quantity: amount(11) }],
      paymentMethod: 'credit' as const,
      customerId: till.customerId,
    };
    const { conflicts } = await book(till, sale);
    expect(
      conflicts.map(({ code, sold, present, difference }) => [code, sold, present, text(difference)]),
    ).toEqual([
      ['INSUFFICIENT_STOCK', '11', '-8', null],
      ['CREDIT_LIMIT', '110.00', null, '-10'],
    ]);
  });

  it('posts disabled payment methods, and payments without a reference', async () => {
    const till = await limited();
    await updatePaymentMethod(till.ctx, 'mobile', { enabled: false });
    await updatePaymentMethod(till.ctx, 'gift_card', { enabled: true, needsReference: true });
    const rules = async (method: PaymentMethodKind) =>
      (await book(till, { paymentMethod: method })).conflicts.map(({ rule }) => rule);
    expect(await rules('mobile')).toEqual(['payments.0.method: METHOD_DISABLED']);
    // A till without a connection cannot reduce a balance either.
    expect(await rules('gift_card')).toEqual([
      'payments.0.reference: REFERENCE_REQUIRED',
      'payments.0.method: BALANCE_NOT_REDUCED',
    ]);
  });

  it('limits a discount to the amount that it reduces', async () => {
    const till = await limited();
    const { conflicts, posted } = await book(till, {
      ...item({ discount: { amount: amount(9) } }),
      ...cash('0'),
    });
    expect(conflicts.map(({ code, sold, present }) => [code, sold, present])).toEqual([
      ['DISCOUNT_TOO_LARGE', '9', '7'],
      ['DISCOUNT_LIMIT', '100', '10'],
    ]);
    expect(posted!.order.total.toFixed()).toBe('0');
  });
});

describe('the money', () => {
  it.each<
    [
      string,
      Partial<NewOrganization>,
      Partial<OfflineSaleInput>,
      [string, string, string | null][],
      string,
      string,
    ]
  >([
    ['a cent too little by card', {}, card('3.49'), [['UNDERPAID', '3.49', '-0.01']], '-0.01', '100'],
    ['a cent too much by card', {}, card('3.51'), [['OVERPAID', '3.51', '0.01']], '0.01', '100'],
    ['less cash than it costs', {}, cash('3'), [['UNDERPAID', '3.00', '-0.5']], '-0.5', '103'],
    ['nothing', {}, { paymentMethod: null, payments: [] }, [['UNDERPAID', '0.00', '-3.5']], '-3.5', '100'],
    [
      'a card for too much beside cash',
      {},
      {
        paymentMethod: null,
        payments: [
          { method: 'card', amount: amount(4) },
          { method: 'cash', amount: amount(5) },
        ],
      },
      [['OVERPAID', '4.00', '0.5']],
      '0.5',
      '100',
    ],
    [
      'another total, paid so in cash',
      {},
      { ...cash('10'), total: amount('3.51') },
      [
        ['TOTAL_DIFFERS', '3.51', null],
        ['OVERPAID', '3.51', '0.01'],
      ],
      '0.01',
      '103.51',
    ],
    [
      'less change than there is',
      {},
      { ...cash('10'), change: amount(6) },
      [['OVERPAID', '4.00', '0.5']],
      '0.5',
      '104',
    ],
    [
      'coins that there are not',
      SWISS,
      { ...cash('3.36'), items: [{ sku: 'TEA', unitPrice: amount('3.36') }] },
      [
        ['PRICE_CHANGED', '3.36', '-0.14'],
        ['CASH_NOT_PAYABLE', '3.36', '0.01'],
      ],
      '0.01',
      '103.36',
    ],
    [
      'coins that there are not, too few',
      SWISS,
      { ...cash('3.49') },
      [['CASH_NOT_PAYABLE', '3.49', '-0.01']],
      '-0.01',
      '103.49',
    ],
  ])('%s', async (_, settings, more, conflicts, difference, drawer) => {
    const till = await openTill(db, settings);
    const result = await book(till, more, till.ctx);
    expect(result.conflicts.map(({ code, sold, difference: money }) => [code, sold, text(money)])).toEqual(
      conflicts,
    );
    const { order, payments } = result.posted!;
    expect(order.paymentDifference!.toFixed()).toBe(difference);
    const taken = payments.reduce((sum, payment) => sum.plus(payment.amount), amount(0));
    expect(taken.toFixed()).toBe(order.total.plus(order.paymentDifference!).toFixed());
    const z = await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(drawer) });
    expect([z.expectedCash, z.difference!, z.paymentDifferences].map(String)).toEqual([
      drawer,
      '0',
      difference,
    ]);
    await checkReport(till, z);
  });

  it('is posted without a conflict if it is correct, with change in existing coins', async () => {
    const till = await openTill(db, SWISS);
    const { status, posted } = await book(till, { ...cash('5'), items: [{ sku: 'TEA' }] }, till.ctx);
    expect([status, posted!.order.change.toFixed(), posted!.order.paymentDifference]).toEqual([
      'created',
      '1.5',
      null,
    ]);
  });

  it.each<[string, Partial<OfflineSaleInput>, string]>([
    ['an unknown kind of tender', { paymentMethod: 'barter' as 'other' }, 'UNKNOWN_METHOD'],
    ['an amount below zero', card('-1'), 'NEGATIVE'],
    ['a part of a cent', card('3.505'), 'PRECISION'],
    ['more change than cash', { ...cash('3.50'), change: amount(4) }, 'EXCEEDS_CASH'],
    ['a total below zero', { total: amount(-1) }, 'NEGATIVE'],
  ])('cannot be understood: %s', async (_, more, code) => {
    const till = await openTill(db);
    const [result] = await bookOfflineSales(till.ctx, [saleOf(till, more)]);
    expect([result!.status, result!.error!.errors.map((fault) => fault.code)]).toEqual(['rejected', [code]]);
  });

  it('is refunded as it was paid when the sale is voided, refunded, or refunded in parts', async () => {
    const till = await openTill(db);
    const two = { items: [{ sku: 'TEA', quantity: amount(2) }] };
    const sales = [
      await book(till, { ...two, ...card('6') }, till.ctx),
      await book(till, { ...two, ...cash('5') }, till.ctx),
      await book(till, { ...two, ...card('8') }, till.ctx),
    ];
    const [first, second, third] = sales.map(({ posted }) => posted!.order);
    const undone = await voidOrder(till.ctx, first!.id, { reason: 'rung up twice' });
    expect(undone.payments.map((payment) => payment.amount.toFixed())).toEqual(['-6']);
    const line = { itemId: second!.lines[0]!.id, quantity: amount(1) };
    const half = await partiallyRefundOrder(till.ctx, second!.id, { items: [line] });
    const rest = await refundOrder(till.ctx, second!.id, {});
    expect([half, rest].map(({ payments }) => payments.map((payment) => payment.amount.toFixed()))).toEqual([
      ['-3.5'],
      ['-1.5'],
    ]);
    const all = await refundOrder(till.ctx, third!.id, {});
    expect(all.payments.map((payment) => payment.amount.toFixed())).toEqual(['-8']);
    const z = await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    expect([z.expectedCash, z.netSales, z.paymentDifferences].map(String)).toEqual(['100', '0', '0']);
    await checkReport(till, z);
    await checkOrders(till, amount('0.01'));
  });

  it('never refunds more than was paid', async () => {
    const till = await openTill(db);
    const { posted } = await book(
      till,
      { items: [{ sku: 'TEA', quantity: amount(2) }], ...card('3') },
      till.ctx,
    );
    const items = [{ itemId: posted!.order.lines[0]!.id, quantity: amount(1) }];
    const refused = await errorOf(
      partiallyRefundOrder(till.ctx, posted!.order.id, { items, method: 'card' }),
    );
    expect([refused.code, refused.details]).toEqual(['ILLEGAL_STATE', { left: '3.00' }]);
    const { payments } = await refundOrder(till.ctx, posted!.order.id, { method: 'card' as const });
    expect(payments.map((payment) => payment.amount.toFixed())).toEqual(['-3']);
  });
});

describe('an acknowledgement', () => {
  it('closes a conflict once, and removes it from the reports; a Z-report keeps unacknowledged conflicts', async () => {
    const till = await openTill(db);
    await book(till, card('3.40'), till.ctx);
    await book(till, card('3.60'), till.ctx);
    const counts = async () => {
      const [x, shift, day] = [
        await xReport(till.ctx, till.registerId),
        await shiftReport(till.ctx, { registerId: till.registerId }),
        await dailySalesReport(till.ctx, {}),
      ];
      return [
        x.conflictsCount,
        String(x.conflicts),
        shift.openConflicts.count,
        String(shift.openConflicts.amount),
        day.openConflicts.count,
        String(day.openConflicts.amount),
      ];
    };
    expect(await counts()).toEqual([2, '0.2', 2, '0.2', 2, '0.2']);
    const { items } = await listConflicts(till.ctx, {
      acknowledged: false,
      registerId: till.registerId,
      code: 'UNDERPAID',
    });
    const seen = await acknowledgeConflict(till.ctx, items[0]!.id, ' Paid the next day ');
    expect([seen.note, seen.acknowledgedBy, seen.acknowledgedAt === null]).toEqual([
      'Paid the next day',
      till.actor.userId,
      false,
    ]);
    expect(await counts()).toEqual([1, '0.1', 1, '0.1', 1, '0.1']);
    expect(await codeOf(acknowledgeConflict(till.ctx, items[0]!.id, 'again'))).toBe('ILLEGAL_STATE');
    expect(await codeOf(acknowledgeConflict(till.ctx, items[0]!.id, ' '))).toBe('VALIDATION_FAILED');
    expect(await codeOf(acknowledgeConflict(till.ctx, till.ctx.ids.next(), 'none'))).toBe('NOT_FOUND');

    const z = await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    expect([z.conflictsCount, String(z.conflicts), String(z.paymentDifferences)]).toEqual([1, '0.1', '0']);
    const [late] = (await listConflicts(till.ctx, { acknowledged: false })).items;
    await acknowledgeConflict(till.ctx, late!.id, 'Seen after the close');
    expect((await shiftReport(till.ctx, { registerSessionId: till.sessionId })).openConflicts.count).toBe(0);
  });

  it('counts each conflict once, even if several requests acknowledge it at once', async () => {
    const till = await openTill(db);
    const { posted } = await book(till, card('3.40'), till.ctx);
    const [conflict] = (await listConflicts(till.ctx, { orderId: posted!.order.id })).items;
    const done = await Promise.allSettled(
      [1, 2, 3, 4].map(() => acknowledgeConflict(till.ctx, conflict!.id, 'seen')),
    );
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await xReport(till.ctx, till.registerId)).conflictsCount).toBe(0);
  });

  it('emits an event, as does the conflict', async () => {
    const till = await openTill(db);
    const { posted } = await book(till, card('3.40'), till.ctx);
    const [conflict] = (await listConflicts(till.ctx, { orderId: posted!.order.id })).items;
    await acknowledgeConflict(till.ctx, conflict!.id, 'seen');
    const events = await till.ctx.db.many<{
      payload: { change: string; codes: string[]; orderId: string };
    }>(sql`
      select payload from outbox_events where type = 'offline_sale.changed' order by id`);
    expect(events.map(({ payload: { change, codes, orderId } }) => [change, codes, orderId])).toEqual([
      ['conflict', ['UNDERPAID'], posted!.order.id],
      ['acknowledged', ['UNDERPAID'], posted!.order.id],
    ]);
  });
});

it('answers the conflicts again to a till that did not receive the answer', async () => {
  const till = await openTill(db);
  const sale = saleOf(till, card('3.40'));
  const [first] = await bookOfflineSales(till.ctx, [sale]);
  const [again] = await bookOfflineSales(till.ctx, [sale]);
  expect([again!.status, again!.conflicts.map(({ code, message }) => [code, message])]).toEqual([
    'replayed',
    first!.conflicts.map(({ code, message }) => [code, message]),
  ]);
});
