import fc from 'fast-check';
import { sql } from '#kernel/db/database';
import { SettableClock } from '#kernel/clock';
import { transact } from '#kernel/db/transact';
import { type Decimal, sum } from '#kernel/decimal';
import { adjustStock, recordStockMovement, setReorderPoint } from '#subgraphs/inventory/stock/adjustments';
import { listBatches } from '#subgraphs/inventory/batches/batches';
import { serveFromBatches, type BatchLine, type HeldBatch } from '#subgraphs/inventory/batches/batches.rules';
import { listMovements } from '#subgraphs/inventory/stock/stock-movements.queries';
import { receiveGoods } from '#subgraphs/inventory/receipts/goods-receipts';
import { transferStock } from '#subgraphs/inventory/transfers/transfers';
import { checkStock, listLowStock, listOutOfStock } from '#subgraphs/inventory/stock/low-stock.queries';
import { levelsOf, moveStock, reserveStock } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import type { Item } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';
import { amount, errorOf } from '#test/harness/values';
import { levelText, move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

const NOW = new Date('2026-11-20T10:00:00Z');

describe('the rules of batches', () => {
  const batch = fc.record({
    quantity: fc.integer({ min: 0, max: 20 }).map(amount),
    batchNumber: fc.constantFrom('A', 'B', 'C', null),
    expiresOn: fc.constantFrom('2026-11-01', '2026-11-20', '2026-12-31', null),
  });
  const line = fc.record({
    quantity: fc
      .integer({ min: -15, max: 15 })
      .filter((n) => n !== 0)
      .map(amount),
    batch: fc.option(
      fc.record({ batchNumber: fc.constantFrom('A', 'D'), expiresOn: fc.constantFrom('2026-11-20', null) }),
      {
        nil: undefined,
      },
    ),
    sold: fc.boolean(),
    negative: fc.boolean(),
  });

  it('lose nothing, take nothing that is not there, and sell nothing that has expired', () => {
    fc.assert(
      fc.property(
        fc.array(batch, { maxLength: 5 }),
        fc.array(line, { minLength: 1, maxLength: 6 }),
        (given, lines) => {
          const unique = new Map(given.map((one) => [`${one.batchNumber}|${one.expiresOn}`, one]));
          const held: HeldBatch[] = [...unique.values()].map((one, index) => ({ ...one, id: `${index}` }));
          let next = 100;
          const { batches, parts, short } = serveFromBatches(held, lines, '2026-11-20', () =>
            String((next += 1)),
          );
          const shortOf = new Map(short.map(({ index, available }) => [index, available]));
          lines.forEach((each: BatchLine, index) => {
            const moved = sum(parts[index]!.map((part) => part.quantity));
            const available = shortOf.get(index);
            expect(moved.toFixed()).toBe((available?.negated() ?? each.quantity).toFixed());
            const sold = each.sold && !each.negative && !each.batch && each.quantity.isNegative();
            if (sold) expect(parts[index]!.some((part) => part.expiresOn === '2026-11-01')).toBe(false);
          });
          const before = sum(held.map((one) => one.quantity));
          const moved = sum(parts.flat().map((part) => part.quantity));
          expect(sum(batches.map((one) => one.quantity)).toFixed()).toBe(before.plus(moved).toFixed());
          for (const one of batches) {
            const unknown = one.batchNumber === null && one.expiresOn === null;
            expect(one.quantity.greaterThanOrEqualTo(0) || unknown).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('take what expires first, and what has no date last', () => {
    const held = [
      { id: '1', batchNumber: 'late', expiresOn: '2027-01-01', quantity: amount(5) },
      { id: '2', batchNumber: 'never', expiresOn: null, quantity: amount(5) },
      { id: '3', batchNumber: 'soon', expiresOn: '2026-12-01', quantity: amount(5) },
    ];
    const lines = [{ quantity: amount(-12), sold: true, negative: false }];
    const { parts } = serveFromBatches(held, lines, '2026-11-20', () => '');
    expect(parts[0]!.map((part) => `${part.batchNumber} ${part.quantity.toFixed()}`)).toEqual([
      'soon -5',
      'late -5',
      'never -2',
    ]);
  });
});

describe('goods with batches', () => {
  let db: TestDatabase;
  let shop: StockedShop;
  let main: string;
  let harbour: string;
  const clock = new SettableClock(NOW);
  beforeAll(async () => {
    db = await testDatabase({ clock });
    shop = await openStockedShop(db, 20);
    [main, harbour] = shop.warehouseIds;
  });
  afterAll(() => db.close());

  let used = 0;
  const fresh = (): Item => shop.items[used++]!;
  const receive = (item: Item, quantity: number, batchNumber: string | null, expiresOn: string | null) =>
    receiveGoods(shop.ctx, {
      warehouseId: main,
      items: [
        {
          variantId: item.variantId,
          quantity: amount(quantity),
          unitCost: amount(2),
          batchNumber,
          expiresOn,
        },
      ],
    });
  const batchesOf = async (item: Item, warehouseId = main) =>
    (await listBatches(shop.ctx, { warehouseId, variantId: item.variantId })).items.map(
      (batch) => `${batch.batchNumber ?? '?'} ${batch.expiresOn ?? '-'} ${batch.quantity.toFixed()}`,
    );

  it('are sold first expired first out, and the movements say which', async () => {
    const item = fresh();
    await receive(item, 5, 'B2', '2027-01-31');
    await receive(item, 5, 'B1', '2026-12-31');
    const [sold] = await post(shop, [move(main, item, -7)]);
    expect(sold!.batches.map((part) => [part.batchNumber, part.quantity.toFixed()])).toEqual([
      ['B1', '-5'],
      ['B2', '-2'],
    ]);
    expect(await batchesOf(item)).toEqual(['B2 2027-01-31 3']);
    const movements = await listMovements(shop.ctx, { variantId: item.variantId, batch: 'B1' });
    expect(movements.items.map(({ kind, batches }) => [kind, batches])).toEqual([
      [
        'sale',
        [
          { batchNumber: 'B1', expiresOn: '2026-12-31', quantity: '-5' },
          { batchNumber: 'B2', expiresOn: '2027-01-31', quantity: '-2' },
        ],
      ],
      ['receipt', [{ batchNumber: 'B1', expiresOn: '2026-12-31', quantity: '5' }]],
    ]);
  });

  it('keep what was there before the first batch as of an unknown one', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 4)]);
    await receive(item, 5, 'B1', '2027-01-31');
    expect(await batchesOf(item)).toEqual(['B1 2027-01-31 5', '? - 4']);
    await post(shop, [move(main, item, -6)]);
    await post(shop, [move(main, item, 2, { kind: 'return' })]);
    expect(await batchesOf(item)).toEqual(['? - 5']);
    await receive(item, 3, 'B1', '2027-01-31');
    expect(await batchesOf(item)).toEqual(['B1 2027-01-31 3', '? - 5']);
  });

  it('are not sold or promised past their date, and written off all the same', async () => {
    const item = fresh();
    await receive(item, 5, 'OLD', '2026-11-19');
    await receive(item, 2, 'LAST-DAY', '2026-11-20');
    const error = await errorOf(post(shop, [move(main, item, -3, { line: 0 })]));
    expect(error).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      status: 409,
      errors: [{ field: 'items.0.quantity', code: 'INSUFFICIENT_STOCK' }],
      details: { items: [{ line: 0, sku: item.sku, requested: '3', available: '2', expired: true }] },
    });
    const promise = (quantity: number) =>
      transact(shop.ctx, (tx) =>
        reserveStock(tx, shop.ctx, {
          ...{ referenceType: 'cart', referenceId: 'cart-1', expiresAt: null },
          lines: [{ ...item, warehouseId: main, quantity: amount(quantity) }],
        }),
      );
    expect(await errorOf(promise(3))).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      details: { items: [{ available: '2', expired: true }] },
    });
    await post(shop, [move(main, item, -2)]);
    await adjustStock(shop.ctx, {
      warehouseId: main,
      variantId: item.variantId,
      quantity: amount(-5),
      reason: 'expired',
    });
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '0' });
    expect(await batchesOf(item)).toEqual([]);
  });

  it('are on hand and not available once their date is past, by the day of the branch', async () => {
    const item = fresh();
    await receive(item, 5, 'OLD', '2026-11-19');
    await receive(item, 3, 'LAST-DAY', '2026-11-20');
    await setReorderPoint(shop.ctx, {
      warehouseId: main,
      variantId: item.variantId,
      reorderPoint: amount(2),
    });
    const branchId = shop.branchIds[0];
    const figures = async (at: Date) => {
      const level = (await levelsOf(shop.ctx.db, [item.variantId], branchId, at)).get(item.variantId)!;
      return [level.onHand.toFixed(), level.available.toFixed()];
    };
    expect(await figures(NOW)).toEqual(['8', '3']);
    const midnight = new Date('2026-11-21T00:00:00Z');
    expect(await figures(new Date(midnight.getTime() - 1))).toEqual(['8', '3']);
    expect(await figures(midnight)).toEqual(['8', '0']);
    const listed = async () => {
      const filter = { warehouseId: main, size: 100 };
      const [low, out] = [await listLowStock(shop.ctx, filter), await listOutOfStock(shop.ctx, filter)];
      return [low, out].map(({ items }) => items.find(({ sku }) => sku === item.sku)?.available.toFixed());
    };
    expect(await listed()).toEqual([undefined, undefined]);
    clock.set(midnight);
    try {
      expect(await listed()).toEqual(['0', '0']);
      const check = await checkStock(shop.ctx, item.productId, branchId);
      expect([check.onHand, check.available, check.here[0]!.available].map(String)).toEqual(['8', '0', '0']);
      await errorOf(post(shop, [move(main, item, -1)]));
    } finally {
      clock.set(NOW);
    }
    // More was promised than is left: nothing is available, and not less than that.
    await transact(shop.ctx, (tx) =>
      reserveStock(tx, shop.ctx, {
        ...{ referenceType: 'cart', referenceId: 'cart-2', expiresAt: null },
        lines: [{ ...item, warehouseId: main, quantity: amount(3) }],
      }),
    );
    expect(await figures(new Date('2026-11-21T12:00:00Z'))).toEqual(['8', '0']);
  });

  it('are sold by a till that was offline, whatever their batches say', async () => {
    const item = fresh();
    await receive(item, 1, 'OLD', '2026-11-19');
    await post(shop, [move(main, item, -3, { allowNegative: true })]);
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '-2' });
    await receive(item, 5, 'NEW', '2027-01-01');
    expect(await batchesOf(item)).toEqual(['NEW 2027-01-01 3']);
  });

  it('arrive as the batches that left', async () => {
    const item = fresh();
    await receive(item, 2, 'B1', '2026-12-01');
    await receive(item, 5, 'B2', '2027-01-01');
    const transfer = await transferStock(shop.ctx, {
      fromWarehouseId: main,
      toWarehouseId: harbour,
      items: [{ variantId: item.variantId, quantity: amount(4) }],
    });
    expect(transfer.items[0]!.batches.map((part) => [part.batchNumber, part.quantity.toFixed()])).toEqual([
      ['B1', '2'],
      ['B2', '2'],
    ]);
    expect(await batchesOf(item, harbour)).toEqual(['B1 2026-12-01 2', 'B2 2027-01-01 2']);
    expect(await batchesOf(item)).toEqual(['B2 2027-01-01 3']);
  });

  it('are put right by their number', async () => {
    const item = fresh();
    const { variantId } = item;
    const hand = { warehouseId: main, variantId };
    await receive(item, 5, 'B1', '2026-12-01');
    await recordStockMovement(shop.ctx, {
      ...hand,
      kind: 'receipt',
      quantity: amount(5),
      batchNumber: 'B2',
      expiresOn: '2027-01-01',
    });
    const written = await adjustStock(shop.ctx, {
      ...hand,
      quantity: amount(-2),
      reason: 'damage',
      batchNumber: 'B2',
    });
    expect(written.batches).toEqual([{ batchNumber: 'B2', expiresOn: '2027-01-01', quantity: '-2' }]);
    expect(await batchesOf(item)).toEqual(['B1 2026-12-01 5', 'B2 2027-01-01 3']);
    const tooMuch = adjustStock(shop.ctx, {
      ...hand,
      quantity: amount(-4),
      reason: 'damage',
      batchNumber: 'B2',
    });
    expect(await errorOf(tooMuch)).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      errors: [{ field: 'quantity' }],
      details: { items: [{ requested: '4', available: '3' }] },
    });
  });

  it('are listed by their dates', async () => {
    const [soon, later] = [fresh(), fresh()];
    await receive(later, 1, 'LATER', '2028-06-01');
    await receive(soon, 1, 'SOON', '2028-05-01');
    const list = async (expiringBefore: string) =>
      (await listBatches(shop.ctx, { expiringBefore, sort: '-expires_on', size: 2 })).items.map(
        (batch) => batch.batchNumber,
      );
    expect(await list('2028-06-02')).toEqual(['LATER', 'SOON']);
    expect((await list('2028-06-01'))[0]).toBe('SOON');
    expect((await listBatches(shop.ctx, { batchNumber: 'SOON' })).items).toHaveLength(1);
    expect((await listBatches(shop.ctx, { variantId: 'x' })).items).toEqual([]);
  });

  it('cost two statements and the one for the day; goods without batches cost none', async () => {
    const [batched, plain] = [fresh(), fresh()];
    await receive(batched, 5, 'B1', '2027-01-31');
    await post(shop, [move(main, plain, 5)]);
    const { ctx, statements } = recorded(shop.ctx);
    await transact(ctx, async (tx) => {
      await moveStock(tx, ctx, [move(main, plain, -1)]);
      expect(statements).toHaveLength(1);
      await moveStock(tx, ctx, [move(main, plain, -1), move(main, batched, -1)]);
      expect(statements).toHaveLength(5);
    });
  });

  it('add up to their level, whatever happens to them', async () => {
    const rows = await shop.ctx.db.many<{ onHand: Decimal; batches: Decimal }>(sql`
      select l.on_hand, (select sum(b.quantity) from stock_batches b
        where b.variant_id = l.variant_id and b.warehouse_id = l.warehouse_id) as batches
      from stock_levels l where l.batched`);
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) expect(row.batches.toFixed()).toBe(row.onHand.toFixed());
    const strays = await shop.ctx.db.many(sql`
      select m.id from stock_movements m join stock_movement_batches b on b.movement_id = m.id
      group by m.organization_id, m.id, m.quantity having sum(b.quantity) <> m.quantity`);
    expect(strays).toEqual([]);
  });
});
