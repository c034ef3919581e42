/** Offline sales: each answered by itself, posted as it happened, and never lost. */
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { updateProduct } from '#subgraphs/catalog/products/products';
import type { OrderRow } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import type { OfflineSaleInput } from '#subgraphs/pos/inputs.generated';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import {
  startPostingAtOpening,
  postPendingSales,
  pendingOfflineSales,
} from '#subgraphs/pos/offline/queued-sales.worker';
import { closeRegister, openRegister, xReport } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const soldAt = () => new Date(Date.now() - 60_000);

function saleOf(
  till: Till,
  sku: string,
  quantity: number,
  more: Partial<OfflineSaleInput> = {},
): OfflineSaleInput {
  return {
    clientReference: till.ctx.ids.next(),
    createdAt: soldAt(),
    items: [{ sku, quantity: amount(quantity) }],
    paymentMethod: 'cash',
    registerId: till.registerId,
    ...more,
  };
}

const seller = (till: Till) => till.as(['pos:sell', 'pos:register']);

async function levelOf(till: Till, sku: string): Promise<string> {
  const { onHand } = await till.ctx.db.one<{ onHand: Decimal }>(sql`
    select on_hand from stock_levels where variant_id = ${till.items[sku]!.variantId}`);
  return onHand.toFixed();
}

it('answers each sale by itself, in the order of the batch, and an invalid one does not delay the others', async () => {
  const till = await openTill(db);
  const later = saleOf(till, 'TEA', 2);
  const earlier = saleOf(till, 'BREAD', 1, { createdAt: new Date(Date.now() - 3_600_000) });
  const bad: OfflineSaleInput[] = [
    saleOf(till, 'NOTHING', 1),
    saleOf(till, 'TEA', 1, { clientReference: null }),
    saleOf(till, 'TEA', 1, { createdAt: new Date(Date.now() + 3_600_000) }),
    saleOf(till, 'TEA', 1, { items: null }),
    saleOf(till, 'TEA', 1, { registerId: till.ctx.ids.next() }),
    saleOf(till, 'TEA', 1, { paymentMethod: null, payments: [{ method: 'card', amount: amount(1) }] }),
  ];
  const results = await bookOfflineSales(seller(till), [later, ...bad, earlier]);
  expect(results.map(({ status }) => status)).toEqual([
    'created',
    'rejected',
    'rejected',
    'held',
    'rejected',
    'rejected',
    'conflict',
    'created',
  ]);
  expect(results.map(({ error }) => error?.code ?? null)).toEqual([
    null,
    'PRODUCT_NOT_FOUND',
    'VALIDATION_FAILED',
    null,
    'VALIDATION_FAILED',
    'VALIDATION_FAILED',
    null,
    null,
  ]);
  expect(results[0]!.posted!.order).toMatchObject({
    receiptNumber: 'MAIN.T1-R0000001',
    createdAt: later.createdAt,
  });
  expect(results[7]!.posted!.order).toMatchObject({
    receiptNumber: 'MAIN.T1-R0000003',
    createdAt: earlier.createdAt,
  });
  const report = await xReport(till.ctx, till.registerId);
  expect([report.salesCount, report.netSales.toFixed(), report.expectedCash.toFixed()]).toEqual([
    3,
    '13.49',
    '109.99',
  ]);
  expect(report.paymentDifferences.toFixed()).toBe('-2.5');
  expect([await levelOf(till, 'TEA'), await levelOf(till, 'BREAD')]).toEqual(['997', '999']);
});

it('stores who confirmed the customer\u2019s age, and posts sales without a confirmation', async () => {
  const till = await openTill(db);
  await updateProduct(till.ctx, till.items.TEA!.productId, { minimumAge: 18 });
  const ageOf = ({ minimumAge, ageConfirmed, ageConfirmedBy }: OrderRow) => [
    minimumAge,
    ageConfirmed,
    ageConfirmedBy,
  ];
  const sure = { ageConfirmed: true };
  const [with18, without] = await bookOfflineSales(seller(till), [
    saleOf(till, 'TEA', 1, sure),
    saleOf(till, 'TEA', 1),
  ]);
  expect([with18!.status, ...ageOf(with18!.posted!.order)]).toEqual(['created', 18, true, till.actor.userId]);
  expect([without!.status, ...ageOf(without!.posted!.order)]).toEqual(['conflict', 18, false, null]);
  expect(without!.conflicts.map(({ code, rule, present }) => [code, rule, present])).toEqual([
    ['AGE_UNCONFIRMED', 'product.minimumAge', '18'],
  ]);

  // What waits for the register's opening is booked by the platform, while another works there.
  await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
  const waiting = saleOf(till, 'TEA', 1, sure);
  const colleague = { ...till.actor, userId: till.ctx.ids.next() };
  expect((await bookOfflineSales(db.contextFor(colleague), [waiting]))[0]!.status).toBe('pending');
  await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(100) });
  const { organizationId, branchId } = till;
  expect(
    await postPendingSales(db.contextFor({ kind: 'system', organizationId, branchId }), till.registerId),
  ).toBe(1);
  const [booked] = await bookOfflineSales(db.contextFor(colleague), [waiting]);
  expect(ageOf(booked!.posted!.order)).toEqual([18, true, colleague.userId]);
});

it('replays sales posted before, by this batch or by a checkout, and rejects a reference of another sale', async () => {
  const till = await openTill(db);
  const sale = saleOf(till, 'TEA', 1);
  const online = saleOf(till, 'BREAD', 1);
  const { order } = await checkout(seller(till), { ...online, items: online.items! });
  const [first] = await bookOfflineSales(seller(till), [sale]);
  const again = await bookOfflineSales(seller(till), [
    sale,
    online,
    { ...sale, items: [{ sku: 'BREAD' }] },
    sale,
  ]);
  expect(
    again.map(({ status, error, posted }) => [status, error?.code ?? null, posted?.order.id ?? null]),
  ).toEqual([
    ['replayed', null, first!.posted!.order.id],
    ['replayed', null, order.id],
    ['rejected', 'IDEMPOTENCY_KEY_REUSED', null],
    ['replayed', null, first!.posted!.order.id],
  ]);
  expect((await xReport(till.ctx, till.registerId)).salesCount).toBe(2);
});

it('posts one sale once, even if it is sent several times at once', async () => {
  const till = await openTill(db);
  const sale = saleOf(till, 'TEA', 1);
  const answers = await Promise.all(Array.from({ length: 8 }, () => bookOfflineSales(seller(till), [sale])));
  const statuses = answers.map(([result]) => result!.status).sort();
  expect(statuses).toEqual(['created', ...Array.from({ length: 7 }, () => 'replayed')]);
  expect(await levelOf(till, 'TEA')).toBe('999');
});

it('posts at the prices of the till, stock below zero and discontinued items, with conflicts', async () => {
  const till = await openTill(db);
  const { productId } = till.items.DELIVERY!;
  await updateProduct(till.ctx, productId, { active: false });
  const sale = saleOf(till, 'LAST', 5, {
    items: [
      { sku: 'LAST', quantity: amount(5) },
      { sku: 'TEA', quantity: amount(1), unitPrice: amount('3.00') },
      { sku: 'DELIVERY', quantity: amount(1) },
    ],
    customerId: till.ctx.ids.next(),
  });
  const [result] = await bookOfflineSales(seller(till), [sale]);
  expect(result!.status).toBe('conflict');
  expect(result!.conflicts.map(({ code, item, sold, present }) => [code, item, sold, present])).toEqual([
    ['PRODUCT_INACTIVE', 2, null, null],
    ['CUSTOMER_NOT_FOUND', null, sale.customerId, null],
    ['PRICE_CHANGED', 1, '3', '3.5'],
    ['INSUFFICIENT_STOCK', 0, '5', '-2'],
  ]);
  expect(result!.posted!.order.total.toFixed()).toBe('57.9');
  expect(await levelOf(till, 'LAST')).toBe('-2');
});

it('posts to the session that is open now if its own was closed meanwhile', async () => {
  const till = await openTill(db);
  await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
  const next = await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(50) });
  const [result] = await bookOfflineSales(seller(till), [
    saleOf(till, 'TEA', 1, { registerSessionId: till.sessionId }),
  ]);
  expect([result!.status, result!.conflicts.map(({ code }) => code)]).toEqual([
    'conflict',
    ['SESSION_CLOSED'],
  ]);
  expect(result!.posted!.order.registerSessionId).toBe(next.id);
});

describe('a sale whose register is closed', () => {
  it('is pending, is listed, and is posted when the register opens', async () => {
    const till = await openTill(db);
    await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    const sale = saleOf(till, 'TEA', 1, { registerSessionId: till.sessionId });
    const [first] = await bookOfflineSales(seller(till), [sale]);
    const [second] = await bookOfflineSales(seller(till), [sale]);
    expect([first!.status, second!.status, first!.posted]).toEqual(['pending', 'pending', null]);
    const waiting = await pendingOfflineSales(till.ctx, { registerId: till.registerId });
    expect(waiting.items).toMatchObject([
      { clientReference: sale.clientReference, soldAt: sale.createdAt, error: null },
    ]);
    expect(await postPendingSales(till.ctx, till.registerId)).toBe(0);

    const session = await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(0) });
    const counts = await Promise.all([1, 2, 3].map(() => postPendingSales(till.ctx, till.registerId)));
    expect(counts.reduce((a, b) => a + b)).toBe(1);
    expect((await pendingOfflineSales(till.ctx, {})).items).toEqual([]);
    const [replayed] = await bookOfflineSales(seller(till), [sale]);
    expect(replayed).toMatchObject({
      status: 'replayed',
      posted: { order: { registerSessionId: session.id } },
    });
    expect(replayed!.posted!.order.cashierId).toBe(till.actor.userId);
    expect((await xReport(till.ctx, till.registerId)).expectedCash.toFixed()).toBe('3.5');
  });

  it('is posted by the event of the opening', async () => {
    const till = await openTill(db);
    await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    await bookOfflineSales(seller(till), [saleOf(till, 'TEA', 2)]);
    const end = startPostingAtOpening(db.services);
    const session = await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(0) });
    db.services.bus.publish({
      id: till.ctx.ids.next(),
      cursor: '1',
      organizationId: till.organizationId,
      branchId: till.branchId,
      type: 'register.changed',
      key: till.registerId,
      payload: { status: 'open', training: false, sessionId: session.id },
      at: new Date(),
    });
    await end();
    expect((await xReport(till.ctx, till.registerId)).netSales.toFixed()).toBe('7');
  });

  it('remains pending with an error if it cannot be posted', async () => {
    const till = await openTill(db);
    await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    await bookOfflineSales(seller(till), [saleOf(till, 'NOTHING', 1)]);
    await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(0) });
    expect(await postPendingSales(till.ctx, till.registerId)).toBe(0);
    const [waiting] = (await pendingOfflineSales(till.ctx, {})).items;
    expect(waiting!.error).toBe('Item 0: there is no product "NOTHING" to sell.');
  });
});

it('rejects more than 500 sales at once', async () => {
  const till = await openTill(db);
  const sales = Array.from({ length: 501 }, () => saleOf(till, 'TEA', 1));
  await expect(bookOfflineSales(seller(till), sales)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
});
