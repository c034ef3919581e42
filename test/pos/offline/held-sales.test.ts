/** Held sales: nothing is posted and nothing is lost until a manager decides. */
import { activateProduct } from '#subgraphs/catalog/products/products';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { heldOfflineSales, rejectOfflineSale, releaseOfflineSale } from '#subgraphs/pos/offline/held-sales';
import type { OfflineSaleInput } from '#subgraphs/pos/inputs.generated';
import { postPendingSales, pendingOfflineSales } from '#subgraphs/pos/offline/queued-sales.worker';
import {
  closeRegister,
  openRegister,
  tillSettings,
  updateTillSettings,
  xReport,
} from '#subgraphs/registers/index';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';
import { checkReport } from '#test/pos/agreement';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const DAY_MS = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY_MS);

function saleOf(till: Till, more: Partial<OfflineSaleInput> = {}): OfflineSaleInput {
  return {
    clientReference: till.ctx.ids.next(),
    items: [{ sku: 'TEA', quantity: amount(1) }],
    paymentMethod: 'card',
    registerId: till.registerId,
    ...more,
  };
}
const tea = (more: object) => ({ items: [{ sku: 'TEA', ...more }] });
const seller = (till: Till) => till.as(['pos:sell']);

it.each<[string, Partial<OfflineSaleInput>, [string, string][]]>([
  ['a quantity', tea({ quantity: amount(100_000) }), [['IMPLAUSIBLE_QUANTITY', 'offline.maxQuantity']]],
  [
    'a quantity beyond any',
    tea({ quantity: amount('4006381333931') }),
    [
      ['IMPLAUSIBLE_QUANTITY', 'offline.maxQuantity'],
      ['IMPLAUSIBLE_TOTAL', 'offline.maxTotal'],
      ['IMPLAUSIBLE_TOTAL', 'offline.maxTotal'],
    ],
  ],
  [
    'a price far too low',
    tea({ unitPrice: amount('0.01') }),
    [['IMPLAUSIBLE_PRICE', 'offline.minPricePercent']],
  ],
  [
    'a price far too high',
    tea({ unitPrice: amount('350') }),
    [['IMPLAUSIBLE_PRICE', 'offline.maxPricePercent']],
  ],
  ['too long ago', { createdAt: ago(40) }, [['IMPLAUSIBLE_TIME', 'offline.maxAgeDays']]],
  ['in the future', { createdAt: ago(-1) }, [['IMPLAUSIBLE_TIME', 'offline.future']]],
  [
    'too much money',
    { paymentMethod: null, payments: [{ method: 'cash', amount: amount('200000000') }] },
    [['IMPLAUSIBLE_TOTAL', 'offline.maxTotal']],
  ],
])(
  '%s holds a sale back, whoever sends it, and books nothing',
  async (_, more, reasons) => {
    const till = await openTill(db);
    const before = await rowCounts(db);
    const sale = saleOf(till, more);
    const [held] = await bookOfflineSales(till.ctx, [sale]);
    const [again] = await bookOfflineSales(till.ctx, [sale]);
    for (const result of [held!, again!]) {
      expect([result.status, result.posted, result.error]).toEqual(['held', null, null]);
      expect(result.conflicts.map(({ code, rule }) => [code, rule])).toEqual(reasons);
    }
    const after = await rowCounts(db);
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
    expect(changed.filter((table) => !/audit|outbox/.test(table))).toEqual(['pending_sales']);
    expect((await heldOfflineSales(till.ctx, {})).items).toMatchObject([
      { clientReference: sale.clientReference, status: 'held' },
    ]);
  },
  30_000,
);

it('uses the settings of the organization', async () => {
  const till = await openTill(db);
  const usual = (await tillSettings(till.ctx.db)).offline;
  const offline = { maxQuantity: amount(5), minPricePercent: amount(50), maxAgeDays: 1 };
  const changed = await updateTillSettings(till.ctx, { offline });
  expect(changed.offline).toEqual({ ...usual, ...offline });
  expect(await tillSettings(till.ctx.db)).toMatchObject({ offline: changed.offline });
  const sales = [
    tea({ quantity: amount(5) }),
    tea({ quantity: amount(6) }),
    tea({ unitPrice: amount('1.70') }),
    { createdAt: ago(2) },
  ];
  const results = await bookOfflineSales(
    till.ctx,
    sales.map((more) => saleOf(till, more)),
  );
  expect(results.map(({ status }) => status)).toEqual(['created', 'held', 'held', 'held']);
  const wrong = updateTillSettings(till.ctx, { offline: { maxQuantity: amount(-1), maxAgeDays: 4_000 } });
  expect((await errorOf(wrong)).errors?.map(({ field }) => field)).toEqual([
    'offline.maxQuantity',
    'offline.maxAgeDays',
  ]);
  const crossed = updateTillSettings(till.ctx, { offline: { maxPricePercent: amount(40) } });
  expect((await errorOf(crossed)).errors?.map(({ field }) => field)).toEqual(['offline.maxPricePercent']);
});

describe('a held sale', () => {
  const held = async () => {
    const till = await openTill(db);
    const sale = saleOf(till, tea({ unitPrice: amount('0.01'), quantity: amount(3) }));
    await bookOfflineSales(seller(till), [sale]);
    const [kept] = (await heldOfflineSales(till.ctx, {})).items;
    return { till, sale, id: kept!.id };
  };

  it('is posted as sent when it is released, with the reason and the rule as conflicts, for its seller', async () => {
    const { till, sale, id } = await held();
    const manager = db.contextFor({ ...till.actor, userId: till.ctx.ids.next() });
    const released = await releaseOfflineSale(manager, id, 'A sample');
    expect([released.status, released.posted!.order.total.toFixed()]).toEqual(['conflict', '0.03']);
    expect(released.conflicts.map(({ code, rule }) => [code, rule])).toEqual([
      ['IMPLAUSIBLE_PRICE', 'offline.minPricePercent'],
      ['PRICE_CHANGED', 'pos:override'],
    ]);
    expect(released.posted!.order.cashierId).toBe(till.actor.userId);
    const [again] = await bookOfflineSales(seller(till), [sale]);
    expect([again!.status, again!.posted!.order.id]).toEqual(['replayed', released.posted!.order.id]);
    expect((await releaseOfflineSale(manager, id)).status).toBe('replayed');
    const [done] = (await heldOfflineSales(till.ctx, { status: 'booked' })).items;
    expect(done).toMatchObject({
      id,
      decidedBy: manager.actor.kind === 'user' && manager.actor.userId,
      decisionNote: 'A sample',
    });
    expect((await errorOf(rejectOfflineSale(manager, id, 'no'))).details).toEqual({ status: 'booked' });
    await checkReport(
      till,
      await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) }),
    );
  });

  it('is posted once, even if several requests release it at once', async () => {
    const { till, id } = await held();
    const done = await Promise.allSettled([1, 2, 3, 4].map(() => releaseOfflineSale(till.ctx, id)));
    const orders = done.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value.posted!.order.id] : [],
    );
    expect(new Set(orders).size).toBe(1);
    expect((await xReport(till.ctx, till.registerId)).salesCount).toBe(1);
  });

  it('is rejected for good, and stays with the reason', async () => {
    const { till, sale, id } = await held();
    expect((await errorOf(rejectOfflineSale(till.ctx, id, ' '))).errors).toEqual([
      expect.objectContaining({ field: 'reason' }),
    ]);
    expect(await rejectOfflineSale(till.ctx, id, 'A typing error')).toMatchObject({
      status: 'rejected',
      decisionNote: 'A typing error',
    });
    const [again] = await bookOfflineSales(seller(till), [sale]);
    expect([again!.status, again!.error!.code, again!.error!.message]).toEqual([
      'rejected',
      'ILLEGAL_STATE',
      'The sale was held and then rejected: A typing error',
    ]);
    expect((await errorOf(releaseOfflineSale(till.ctx, id))).details).toEqual({ status: 'rejected' });
    expect((await heldOfflineSales(till.ctx, { status: 'rejected' })).items).toMatchObject([{ id }]);
    expect((await xReport(till.ctx, till.registerId)).salesCount).toBe(0);
  });

  it('rejects another sale with its reference', async () => {
    const { till, sale } = await held();
    const [other] = await bookOfflineSales(seller(till), [{ ...sale, items: [{ sku: 'BREAD' }] }]);
    expect([other!.status, other!.error!.code]).toEqual(['rejected', 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('is pending when it is released while its register is closed', async () => {
    const { till, sale, id } = await held();
    await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    expect((await releaseOfflineSale(till.ctx, id)).status).toBe('pending');
    expect((await releaseOfflineSale(till.ctx, id)).status).toBe('pending');
    expect((await pendingOfflineSales(till.ctx, {})).items).toMatchObject([{ id }]);
    await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(0) });
    expect(await postPendingSales(till.ctx, till.registerId)).toBe(1);
    const [again] = await bookOfflineSales(seller(till), [sale]);
    expect([again!.status, again!.conflicts.map(({ code }) => code)]).toEqual([
      'replayed',
      ['SESSION_CLOSED', 'IMPLAUSIBLE_PRICE', 'PRICE_CHANGED'],
    ]);
  });

  it('is released even if its items are discontinued', async () => {
    const { till, id } = await held();
    await activateProduct(till.ctx, till.items.TEA!.productId, false);
    const { conflicts } = await releaseOfflineSale(till.ctx, id);
    expect(conflicts.map(({ code }) => code)).toEqual([
      'IMPLAUSIBLE_PRICE',
      'PRODUCT_INACTIVE',
      'PRICE_CHANGED',
    ]);
  });

  it('that exceeds every column stays held, with the reason', async () => {
    const till = await openTill(db);
    await bookOfflineSales(seller(till), [saleOf(till, tea({ quantity: amount('4006381333931') }))]);
    const [kept] = (await heldOfflineSales(till.ctx, {})).items;
    expect((await errorOf(releaseOfflineSale(till.ctx, kept!.id))).errors).toEqual([
      expect.objectContaining({ code: 'TOO_LARGE' }),
    ]);
    expect((await heldOfflineSales(till.ctx, {})).items).toHaveLength(1);
  });
});

it('holds a sale made in a training session', async () => {
  const till = await openTill(db);
  await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
  const practice = await openRegister(till.ctx, {
    registerId: till.registerId,
    openingFloat: amount(0),
    training: true,
  });
  const [result] = await bookOfflineSales(till.ctx, [saleOf(till, { registerSessionId: practice.id })]);
  expect([result!.status, result!.conflicts.map(({ code }) => code)]).toEqual(['held', ['TRAINING_SESSION']]);
});

it('rejects a sale of another branch from a caller with a branch', async () => {
  const till = await openTill(db);
  await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
  const elsewhere = db.contextFor({
    ...till.actor,
    branchId: till.ctx.ids.next(),
    scopes: new Set(['pos:sell']),
  });
  const [result] = await bookOfflineSales(elsewhere, [saleOf(till)]);
  expect([result!.status, result!.error!.code]).toEqual(['rejected', 'FORBIDDEN']);
});
