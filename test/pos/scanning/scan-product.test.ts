/** Scanning a barcode, and the list of recent scans. */
import { sql } from '#kernel/db/database';
import { bufferScan, recentlyScannedProducts, writeScans } from '#subgraphs/pos/scanning/recent-scans.worker';
import { scanProduct } from '#subgraphs/pos/scanning/scan-product';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
});
afterAll(() => db.close());

describe('a scan', () => {
  it('finds the item with price, tax and stock', async () => {
    expect(await scanProduct(till.ctx, ' 4006381333931 ')).toMatchObject({
      productId: till.items.TEA!.productId,
      variantId: till.items.TEA!.variantId,
      sku: 'TEA',
      name: 'Product TEA',
      currency: 'EUR',
      taxIncluded: true,
      unitPrice: amount('3.5'),
      taxRate: amount(19),
      quantity: amount(1),
      available: amount(1000),
      unit: 'piece',
    });
    expect(await scanProduct(till.ctx, '04006381333931')).toMatchObject({ sku: 'TEA' });
  });

  it.each(['999', '', 'x'.repeat(500), "'; drop table orders; --"])('of %p answers 404', async (barcode) => {
    const error = await errorOf(scanProduct(till.ctx, barcode));
    expect([error.code, error.status]).toEqual(['PRODUCT_NOT_FOUND', 404]);
  });

  it('is listed for its cashier, the latest first, each item once', async () => {
    const shop = await openTill(db, {
      articles: [
        { sku: 'A', price: '1', barcode: '11111111', stock: '5' },
        { sku: 'B', price: '2', barcode: '22222222', service: true },
      ],
    });
    for (const barcode of ['11111111', '22222222', '11111111']) {
      await scanProduct(shop.ctx, barcode);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const recent = await recentlyScannedProducts(shop.ctx);
    expect(recent.map(({ sku, available }) => `${sku} ${available?.toFixed() ?? 'unstocked'}`)).toEqual([
      'A 5',
      'B unstocked',
    ]);
    await scanProduct(shop.ctx, '22222222');
    await writeScans(db.services);
    expect((await recentlyScannedProducts(shop.ctx, 1)).map(({ sku }) => sku)).toEqual(['B']);
    const userId = shop.actor.userId;
    for (let count = 0; count < 150; count += 1)
      bufferScan(shop.ctx, { userId, branchId: shop.branchId, variantId: shop.ctx.ids.next() });
    await writeScans(db.services);
    await scanProduct(shop.ctx, '11111111');
    await writeScans(db.services);
    // A hundred are listed, so no more than these and the latest writing are kept.
    expect(await shop.ctx.db.many(sql`select variant_id from recent_scans`)).toHaveLength(101);
    const colleague = db.contextFor({ ...shop.actor, userId: shop.ctx.ids.next() });
    expect(await recentlyScannedProducts(colleague)).toEqual([]);
  });
});
