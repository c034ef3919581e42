/**
 * The demo shop's documents of stock that the OpenAPI document's examples name: transfers, stock takes, a goods
 * receipt, reservations.
 */
import type { RequestContext, Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import type { Ids } from '#kernel/ids';
import {
  createTransfer,
  createWarehouse,
  reserveGoods,
  receiveGoods,
  reserveStock,
  startStockTake,
} from '#subgraphs/inventory/index';
import { demoId, demoIdOf } from './ids';
import { demoContext } from './shop';

/** The document's id is the first one that its operation takes. */
function knownAs(ctx: RequestContext, id: string): RequestContext {
  let asked = false;
  const ids: Ids = {
    next() {
      if (asked) return ctx.ids.next();
      asked = true;
      return id;
    },
  };
  return { ...ctx, ids };
}

/** The third warehouse belongs to no branch: a store room from which nothing is sold. */
const STORE_ROOM = demoId.warehouse(3);

export async function seedStock(services: Services): Promise<void> {
  const ctx = demoContext(services, 1);
  await createWarehouse(knownAs(ctx, STORE_ROOM), { name: 'Store room', code: 'STORE' });
  const items = [{ variantId: demoId.variant(1), quantity: new Decimal(2) }];
  const ends = { fromWarehouseId: demoId.warehouse(1), toWarehouseId: demoId.warehouse(2) };
  for (const number of [1, 2, 3]) {
    await createTransfer(knownAs(ctx, demoIdOf('20', number)), {
      ...ends,
      items,
      send: number === 2,
      note: `Van ${number}`,
    });
  }
  await startStockTake(knownAs(ctx, demoIdOf('21', 1)), { warehouseId: demoId.warehouse(1), name: 'Spring' });
  await startStockTake(knownAs(ctx, demoIdOf('21', 2)), { warehouseId: STORE_ROOM, name: 'Store room' });
  await receiveGoods(knownAs(ctx, demoIdOf('22', 1)), {
    warehouseId: STORE_ROOM,
    supplierReference: 'DN-2043',
    items: [
      {
        variantId: demoId.variant(1),
        quantity: new Decimal(48),
        unitCost: new Decimal('1.10'),
        batchNumber: 'L2406',
        expiresOn: '2029-12-31',
      },
    ],
  });
  await transact(ctx, (tx) =>
    reserveStock(tx, knownAs(ctx, demoIdOf('23', 1)), {
      referenceType: 'order',
      referenceId: demoId.order(1),
      expiresAt: null,
      lines: [
        {
          warehouseId: STORE_ROOM,
          variantId: demoId.variant(1),
          productId: demoId.product(1),
          sku: 'DEMO-0001',
          quantity: new Decimal(1),
        },
      ],
    }),
  );
  for (const [index, reference] of ['Ms Miller, fetches on Saturday', 'Mr Jones, pays on Friday'].entries()) {
    const fetched = [{ variantId: demoId.variant(index + 5), quantity: new Decimal(1) }];
    await reserveGoods(ctx, {
      reference,
      warehouseId: demoId.warehouse(1),
      minutes: 30 * 24 * 60,
      items: fetched,
    });
  }
}
