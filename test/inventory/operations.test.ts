import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import { adjustStock, recordStockMovement, setReorderPoint } from '#subgraphs/inventory/stock/adjustments';
import { transferStock } from '#subgraphs/inventory/transfers/transfers';
import { createWarehouse, listWarehouses } from '#subgraphs/inventory/warehouses/warehouses';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { userActor } from '#test/harness/actors';
import type { Item } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';
import { levelText, move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let other: StockedShop;
let main: string;
let harbour: string;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openStockedShop(db, 30);
  other = await openStockedShop(db, 1);
  [main, harbour] = shop.warehouseIds;
});
afterAll(() => db.close());

let used = 1;
const fresh = (): Item => shop.items[used++]!;

/** The shop's owner sending an idempotency key. */
const keyed = (idempotencyKey: string) => db.contextFor(shop.actor, { idempotencyKey });

describe('adjustStock', () => {
  it('changes a level by a difference, in the warehouse of the caller where none is named', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 10, { unitCost: amount(2) })]);
    const movement = await adjustStock(shop.ctx, {
      sku: item.sku.toLowerCase(),
      quantity: amount(-3),
      reason: 'damage',
      note: 'Wet',
    });
    expect(movement).toMatchObject({
      ...item,
      warehouseId: main,
      kind: 'adjustment',
      reason: 'damage',
      note: 'Wet',
      referenceType: 'adjustment',
      userId: shop.owner.id,
      sequence: 2,
    });
    expect(
      [movement.quantity, movement.levelAfter, movement.unitCost, movement.averageCost].map(String),
    ).toEqual(['-3', '7', '2', '2']);
    const elsewhere = await adjustStock(shop.inBranch(shop.branchIds[1]), {
      productId: item.productId,
      quantity: amount(2),
      reason: 'found',
    });
    expect([elsewhere.warehouseId, elsewhere.levelAfter.toFixed()]).toEqual([harbour, '2']);
  });

  it('finds the item by its barcode', async () => {
    const movement = await adjustStock(shop.ctx, { barcode: '4006381333931', quantity: amount(1) });
    expect(movement).toMatchObject({ ...shop.items[0]!, reason: 'correction' });
  });

  it('averages in what was found at a cost', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 1, { unitCost: amount(2) })]);
    await adjustStock(shop.ctx, {
      variantId: item.variantId,
      quantity: amount(1),
      reason: 'found',
      unitCost: amount(4),
    });
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '2', averageCost: '3' });
  });

  it('sets a level to what was counted, and writes a count that finds no difference', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 10)]);
    const less = await adjustStock(shop.ctx, { variantId: item.variantId, counted: amount(8) });
    const same = await adjustStock(shop.ctx, { variantId: item.variantId, newQuantity: amount(8) });
    expect(
      [less, same].map(({ kind, quantity, levelAfter }) => [kind, quantity.toFixed(), levelAfter.toFixed()]),
    ).toEqual([
      ['count', '-2', '8'],
      ['count', '0', '8'],
    ]);
    const first = await adjustStock(shop.ctx, { variantId: fresh().variantId, counted: amount(5) });
    expect(first.levelAfter.toFixed()).toBe('5');
  });

  it('takes weighed goods to three places, and pieces whole', async () => {
    const weighed = await adjustStock(shop.ctx, {
      variantId: shop.cheese.variantId,
      quantity: amount('1.255'),
    });
    expect(weighed.levelAfter.toFixed()).toBe('1.255');
    const tooFine = await errorOf(
      adjustStock(shop.ctx, { variantId: shop.cheese.variantId, quantity: amount('0.0005') }),
    );
    expect(tooFine).toMatchObject({ status: 422, errors: [{ field: 'quantity', code: 'TOO_PRECISE' }] });
    const half = await errorOf(
      adjustStock(shop.ctx, { variantId: fresh().variantId, counted: amount('0.5') }),
    );
    expect(half).toMatchObject({ status: 422, errors: [{ field: 'counted', code: 'TOO_PRECISE' }] });
  });

  it('answers 409 for more than there is', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 2)]);
    const error = await errorOf(
      adjustStock(shop.ctx, { variantId: item.variantId, quantity: amount(-3), reason: 'theft' }),
    );
    expect(error).toMatchObject({
      status: 409,
      code: 'INSUFFICIENT_STOCK',
      errors: [{ field: 'quantity', code: 'INSUFFICIENT_STOCK' }],
      details: { items: [{ requested: '3', available: '2' }] },
    });
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '2', movements: 1 });
  });

  it('answers 422 for values that make no sense', async () => {
    const { variantId } = shop.items[0]!;
    const faults: [Parameters<typeof adjustStock>[1], string][] = [
      [{ variantId }, 'quantity'],
      [{ variantId, quantity: amount(1), counted: amount(1) }, 'quantity'],
      [{ variantId, quantity: amount(0) }, 'quantity'],
      [{ variantId, counted: amount(-1) }, 'counted'],
      [{ variantId, newQuantity: amount(-1) }, 'newQuantity'],
      [{ variantId, quantity: amount('1000000001') }, 'quantity'],
      [{ variantId, quantity: amount(1), unitCost: amount(-1) }, 'unitCost'],
      [{ variantId, quantity: amount(1), unitCost: amount('0.0000001') }, 'unitCost'],
      [{ variantId, quantity: amount(1), note: 'x'.repeat(501) }, 'note'],
      [{ quantity: amount(1) }, 'productId'],
      [{ sku: shop.service.sku, quantity: amount(1) }, 'sku'],
    ];
    for (const [input, field] of faults) {
      const error = await errorOf(adjustStock(shop.ctx, input));
      expect([error.status, error.errors?.[0]?.field]).toEqual([422, field]);
    }
    const homeless = db.contextFor(
      userActor({ organizationId: shop.organizationId, scopes: ['inventory:write'] }),
    );
    const error = await errorOf(adjustStock(homeless, { variantId, quantity: amount(1) }));
    expect([error.status, error.errors?.[0]?.field]).toEqual([422, 'warehouseId']);
  });

  it("answers 404 for the unknown, and the same for another organization's", async () => {
    const foreign = other.items[0]!;
    for (const input of [
      { variantId: foreign.variantId },
      { productId: foreign.productId },
      { variantId: randomUUID() },
      { sku: 'NO-SUCH' },
      { variantId: 'x' },
    ]) {
      const error = await errorOf(adjustStock(shop.ctx, { ...input, quantity: amount(1) }));
      expect(error).toMatchObject({
        code: 'PRODUCT_NOT_FOUND',
        status: 404,
        message: 'Product not found.',
      });
    }
    for (const warehouseId of [other.warehouseIds[0], randomUUID(), 'x']) {
      const error = await errorOf(
        adjustStock(shop.ctx, { warehouseId, variantId: shop.items[0]!.variantId, quantity: amount(1) }),
      );
      expect(error).toMatchObject({
        code: 'NOT_FOUND',
        status: 404,
        message: `There is no warehouse with the id "${warehouseId}".`,
      });
    }
    const left = await other.ctx.db.one<{ count: number }>(
      sql`select count(*) as count from stock_movements`,
    );
    expect(left.count).toBe(0);
  });

  it('still writes off what is no longer sold', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 2)]);
    await shop.ctx.db.run(sql`update products set active = false where id = ${item.productId}::uuid`);
    const movement = await adjustStock(shop.ctx, {
      productId: item.productId,
      counted: amount(0),
      reason: 'expired',
    });
    expect(movement.levelAfter.toFixed()).toBe('0');
  });

  it('answers 409 for a warehouse that is out of use', async () => {
    const cellar = await createWarehouse(shop.ctx, { name: 'Closed', code: 'closed' });
    await shop.ctx.db.run(sql`update warehouses set active = false where id = ${cellar.id}::uuid`);
    const error = await errorOf(
      adjustStock(shop.ctx, { warehouseId: cellar.id, sku: 'ITEM-1', quantity: amount(1) }),
    );
    expect(error).toMatchObject({ code: 'ILLEGAL_STATE', status: 409 });
  });

  it('is done once for one idempotency key', async () => {
    const item = fresh();
    const key = randomUUID();
    const input = { variantId: item.variantId, quantity: amount(5), reason: 'found' as const };
    const first = await adjustStock(keyed(key), input);
    const again = keyed(key);
    const second = await adjustStock(again, input);
    expect(second).toEqual(first);
    expect(again.reply.replayed).toBe(true);
    expect(await errorOf(adjustStock(keyed(key), { ...input, quantity: amount(6) }))).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
      status: 422,
    });
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '5', movements: 1 });
  });
});

describe('recordStockMovement', () => {
  it('writes a receipt with its cost and reference', async () => {
    const item = fresh();
    const movement = await recordStockMovement(shop.ctx, {
      kind: 'receipt',
      productId: item.productId,
      warehouseId: harbour.toUpperCase(),
      quantity: amount(24),
      unitCost: amount('1.15'),
      referenceType: 'purchase_order',
      referenceId: 'PO-1001',
    });
    expect(movement).toMatchObject({
      ...item,
      warehouseId: harbour,
      kind: 'receipt',
      referenceType: 'purchase_order',
      referenceId: 'PO-1001',
    });
    expect(
      [movement.quantity, movement.levelAfter, movement.unitCost, movement.averageCost].map(String),
    ).toEqual(['24', '24', '1.15', '1.15']);
  });

  it('writes returns and signed adjustments', async () => {
    const { variantId } = fresh();
    const back = await recordStockMovement(shop.ctx, { kind: 'return', variantId, quantity: amount(3) });
    const gone = await recordStockMovement(shop.ctx, {
      kind: 'adjustment',
      variantId,
      quantity: amount(-1),
      reason: 'tasting',
    });
    expect([back.levelAfter.toFixed(), gone.levelAfter.toFixed(), gone.reason]).toEqual([
      '3',
      '2',
      'tasting',
    ]);
  });

  it('answers 422 for kinds with operations of their own, wrong signs and long texts', async () => {
    const { variantId } = shop.items[0]!;
    const base = { variantId, quantity: amount(1) };
    const faults: [Parameters<typeof recordStockMovement>[1], string][] = [
      [{ ...base, kind: 'sale' }, 'kind'],
      [{ ...base, kind: 'transfer_in' }, 'kind'],
      [{ ...base, kind: 'count' }, 'kind'],
      [{ ...base, kind: 'receipt', quantity: amount(-1) }, 'quantity'],
      [{ ...base, kind: 'return', quantity: amount(0) }, 'quantity'],
      [{ ...base, kind: 'adjustment', quantity: amount(0) }, 'quantity'],
      [{ ...base, kind: 'receipt', reason: 'x'.repeat(101) }, 'reason'],
      [{ ...base, kind: 'receipt', referenceType: 'x'.repeat(51) }, 'referenceType'],
      [{ ...base, kind: 'receipt', referenceId: 'x'.repeat(101) }, 'referenceId'],
    ];
    for (const [input, field] of faults) {
      const error = await errorOf(recordStockMovement(shop.ctx, input));
      expect([error.status, error.errors?.[0]?.field]).toEqual([422, field]);
    }
  });

  it('is done once for one idempotency key, however many send it at once', async () => {
    const item = fresh();
    const key = randomUUID();
    const input = { kind: 'receipt' as const, variantId: item.variantId, quantity: amount(5) };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => recordStockMovement(keyed(key), input)),
    );
    const ids = outcomes
      .filter((outcome) => outcome.status === 'fulfilled')
      .map((outcome) => outcome.value.id);
    expect(new Set(ids).size).toBe(1);
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '5', movements: 1 });
  });
});

describe('transferStock', () => {
  it('moves goods at the cost of where they come from', async () => {
    const [item, second] = [fresh(), fresh()];
    await post(shop, [
      move(main, item, 10, { unitCost: amount(2) }),
      move(harbour, item, 5, { unitCost: amount(5) }),
      move(main, second, 1, { unitCost: amount(7) }),
    ]);
    const transfer = await transferStock(shop.ctx, {
      fromWarehouseId: main,
      toWarehouseId: harbour,
      items: [
        { variantId: item.variantId, quantity: amount(4) },
        { sku: second.sku, quantity: amount(1) },
        { productId: item.productId, quantity: amount(1) },
      ],
      note: 'For Saturday',
    });
    expect(transfer).toMatchObject({ fromWarehouseId: main, toWarehouseId: harbour, note: 'For Saturday' });
    expect(
      transfer.items.map(({ sku, quantity, unitCost, fromLevel, toLevel }) => [
        sku,
        ...[quantity, unitCost, fromLevel, toLevel].map(String),
      ]),
    ).toEqual([
      [item.sku, '4', '2', '6', '9'],
      [second.sku, '1', '7', '0', '1'],
      [item.sku, '1', '2', '5', '10'],
    ]);
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '5', averageCost: '2' });
    expect(await levelText(shop.ctx, harbour, item)).toMatchObject({ onHand: '10', averageCost: '3.5' });
    expect(await levelText(shop.ctx, harbour, second)).toMatchObject({ onHand: '1', averageCost: '7' });
    const kinds = await shop.ctx.db.many(sql`
      select kind, count(*) as count from stock_movements where reference_id = ${transfer.id} group by kind order by kind`);
    expect(kinds).toEqual([
      { kind: 'transfer_in', count: 3 },
      { kind: 'transfer_out', count: 3 },
    ]);
  });

  it('moves nothing where one line is short, and says which', async () => {
    const [item, short] = [fresh(), fresh()];
    await post(shop, [move(main, item, 10), move(main, short, 1)]);
    const error = await errorOf(
      transferStock(shop.ctx, {
        fromWarehouseId: main,
        toWarehouseId: harbour,
        items: [
          { variantId: item.variantId, quantity: amount(1) },
          { variantId: short.variantId, quantity: amount(2) },
        ],
      }),
    );
    expect(error).toMatchObject({
      status: 409,
      code: 'INSUFFICIENT_STOCK',
      details: { items: [{ line: 1, requested: '2', available: '1' }] },
    });
    expect(error.errors).toHaveLength(1);
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '10' });
    expect(await levelText(shop.ctx, harbour, item)).toBeUndefined();
  });

  it('answers 422 and 404 as the others do', async () => {
    const { variantId } = shop.items[0]!;
    const line = { variantId, quantity: amount(1) };
    const ends = { fromWarehouseId: main, toWarehouseId: harbour };
    const faults: [Parameters<typeof transferStock>[1], number, string | undefined][] = [
      [{ ...ends, toWarehouseId: main.toUpperCase(), items: [line] }, 422, 'toWarehouseId'],
      [{ ...ends, items: [] }, 422, 'items'],
      [{ ...ends, items: [line, { ...line, quantity: amount(-1) }] }, 422, 'items.1.quantity'],
      [{ ...ends, items: [line, { ...line, quantity: amount('0.5') }] }, 422, 'items.1.quantity'],
      [{ ...ends, variantId }, 422, 'quantity'],
      [{ ...ends, items: [line, { quantity: amount(1) }] }, 422, 'items.1.productId'],
      [
        { ...ends, items: [line, { variantId: randomUUID(), quantity: amount(1) }] },
        404,
        'items.1.variantId',
      ],
      [{ ...ends, toWarehouseId: other.warehouseIds[0], items: [line] }, 404, undefined],
      [{ ...ends, fromWarehouseId: 'x', items: [line] }, 404, undefined],
    ];
    for (const [input, status, field] of faults) {
      const error = await errorOf(transferStock(shop.ctx, input));
      expect([error.status, error.errors?.[0]?.field]).toEqual([status, field]);
    }
  });

  it('is done once for one idempotency key', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 3)]);
    const key = randomUUID();
    const input = {
      fromWarehouseId: main,
      toWarehouseId: harbour,
      variantId: item.variantId,
      quantity: amount(1),
    };
    expect(await transferStock(keyed(key), input)).toEqual(await transferStock(keyed(key), input));
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '2' });
  });
});

describe('warehouses', () => {
  it('are made and listed', async () => {
    const made = await createWarehouse(shop.ctx, {
      name: ' Cellar ',
      code: 'cellar-1',
      branchId: shop.branchIds[0],
      allowsNegative: true,
    });
    expect(made).toMatchObject({
      name: 'Cellar',
      code: 'CELLAR-1',
      branchId: shop.branchIds[0],
      isSelling: false,
      allowsNegative: true,
      active: true,
    });
    const codes = async (filter: Parameters<typeof listWarehouses>[1]) =>
      (await listWarehouses(shop.ctx, filter)).items.map((each) => each.code);
    expect(await codes({ search: 'cell' })).toEqual(['CELLAR-1']);
    expect(await codes({ branchId: shop.branchIds[1] })).toEqual(['HARBOUR']);
    expect(await codes({ branchId: other.branchIds[0] })).toEqual([]);
    expect(await codes({ branchId: 'x' })).toEqual([]);
    expect(await codes({ active: true, sort: '-code' })).toEqual(['MAIN', 'HARBOUR', 'CELLAR-1']);
    const page = await listWarehouses(shop.ctx, { active: true, size: 2 });
    expect([await page.total(), await page.pages(), page.items.length]).toEqual([3, 2, 2]);
    const next = await listWarehouses(shop.ctx, { active: true, size: 2, cursor: page.nextCursor });
    expect(next.items.map((each) => each.code)).toEqual(['MAIN']);
  });

  it('have a code of their own, and a branch one to sell from', async () => {
    const same = await errorOf(createWarehouse(shop.ctx, { name: 'Again', code: 'Main' }));
    expect(same).toMatchObject({ code: 'ALREADY_EXISTS', status: 409, errors: [{ field: 'code' }] });
    const selling = await errorOf(
      createWarehouse(shop.ctx, {
        name: 'Again',
        code: 'AGAIN',
        branchId: shop.branchIds[0],
        isSelling: true,
      }),
    );
    expect(selling).toMatchObject({ code: 'ALREADY_EXISTS', status: 409, errors: [{ field: 'isSelling' }] });
    expect(await createWarehouse(other.ctx, { name: 'Main', code: 'CELLAR-1' })).toMatchObject({
      code: 'CELLAR-1',
    });
  });

  it('answer 422 for bad values with every fault, and 404 for an unknown branch', async () => {
    const error = await errorOf(createWarehouse(shop.ctx, { name: ' ', code: '!', isSelling: true }));
    expect(error.errors?.map(({ field }) => field)).toEqual(['name', 'code', 'branchId']);
    for (const branchId of [other.branchIds[0], randomUUID(), 'x']) {
      const unknown = await errorOf(createWarehouse(shop.ctx, { name: 'Cellar', code: 'C9', branchId }));
      expect(unknown).toMatchObject({
        code: 'NOT_FOUND',
        message: `There is no branch with the id "${branchId}".`,
      });
    }
  });
});

describe('setReorderPoint', () => {
  it('sets and removes the point, also where nothing has moved yet', async () => {
    const item = fresh();
    const set = await setReorderPoint(shop.ctx, { sku: item.sku, reorderPoint: amount(6) });
    expect(set).toMatchObject({ ...item, warehouseId: main });
    expect([set.onHand, set.reorderPoint].map(String)).toEqual(['0', '6']);
    expect((await setReorderPoint(shop.ctx, { sku: item.sku })).reorderPoint).toBeNull();
    const error = await errorOf(setReorderPoint(shop.ctx, { sku: item.sku, reorderPoint: amount(-1) }));
    expect(error).toMatchObject({ status: 422, errors: [{ field: 'reorderPoint' }] });
  });
});
