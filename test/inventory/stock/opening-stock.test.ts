import { randomUUID } from 'node:crypto';
import { transact } from '#kernel/db/transact';
import { insertProducts } from '#subgraphs/catalog/index';
import { postInitialStock, type InitialStockRow } from '#subgraphs/catalog/products/initial-stock';
import { initialStock } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, errorOf } from '#test/harness/values';
import { levelText, openStockedShop, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let other: StockedShop;
let main: string;
let harbour: string;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openStockedShop(db, 5);
  other = await openStockedShop(db, 1);
  [main, harbour] = shop.warehouseIds;
});
afterAll(() => db.close());

describe('initial stock of new products', () => {
  const row = (more: Partial<InitialStockRow>): InitialStockRow => ({
    productId: randomUUID(),
    variantId: randomUUID(),
    sku: 'NEW',
    warehouse: null,
    quantity: amount(3),
    unitCost: amount('1.5'),
    path: 'initialStock.0',
    ...more,
  });

  it('is posted with the product, by id, code or name of the warehouse', async () => {
    const rows = [
      row({}),
      row({ warehouse: 'harbour' }),
      row({ warehouse: harbour.toUpperCase() }),
      row({ warehouse: 'HARBOUR ', unitCost: null }),
    ];
    await transact(shop.ctx, async (tx) => {
      const [first] = rows;
      await insertProducts(tx, shop.ctx, [
        {
          id: first!.productId,
          name: 'New',
          variants: [{ id: first!.variantId, sku: 'NEW', price: amount(1) }],
        },
      ]);
      await postInitialStock(tx, shop.ctx, initialStock, rows);
    });
    const levels = await Promise.all(
      rows.map((each, index) => levelText(shop.ctx, index === 0 ? main : harbour, each)),
    );
    expect(levels).toEqual([
      { onHand: '3', averageCost: '1.5', movements: 1 },
      { onHand: '3', averageCost: '1.5', movements: 1 },
      { onHand: '3', averageCost: '1.5', movements: 1 },
      { onHand: '3', averageCost: '0', movements: 1 },
    ]);
  });

  it('answers 422 naming the field', async () => {
    const faults: [Partial<InitialStockRow>, string][] = [
      [{ warehouse: 'NOWHERE' }, 'initialStock.0.warehouseId'],
      [{ warehouse: other.warehouseIds[0] }, 'initialStock.0.warehouseId'],
      [{ warehouse: 'NOWHERE', path: '' }, 'warehouse'],
    ];
    for (const [more, field] of faults) {
      const error = await errorOf(
        transact(shop.ctx, (tx) => postInitialStock(tx, shop.ctx, initialStock, [row(more)])),
      );
      expect([error.status, error.errors?.[0]?.field]).toEqual([422, field]);
    }
    const homeless = db.contextFor({
      kind: 'system',
      organizationId: shop.organizationId,
      branchId: undefined,
    });
    const error = await errorOf(
      transact(homeless, (tx) => postInitialStock(tx, homeless, initialStock, [row({})])),
    );
    expect([error.status, error.errors?.[0]?.field]).toEqual([422, 'initialStock.0.warehouseId']);
  });
});
