/** Lists of a ledger of 200,000 movements: every filter finds its rows by an index, under row-level security. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import type { QueryStockMovementsArgs } from '#subgraphs/inventory/inputs.generated';
import { listMovements } from '#subgraphs/inventory/stock/stock-movements.queries';
import { inventoryValuation } from '#subgraphs/inventory/stock/valuation.queries';
import { listLowStock, listOutOfStock } from '#subgraphs/inventory/stock/low-stock.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { asOwner } from '#test/harness/server';
import { openStockedShop, type StockedShop } from '#test/inventory/stocked-shop';

const MOVEMENTS = 200_000;
const LEVELS = 5_000;

let db: TestDatabase;
let shop: StockedShop;
let variantId: string;
let productId: string;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openStockedShop(db, 1);
  const organization = shop.organizationId;
  const { system } = db.services.database;
  await system.run(sql`
    insert into stock_levels (organization_id, warehouse_id, variant_id, product_id, sku, on_hand, reserved, below_zero, average_cost,
      received_quantity, received_value, movement_count, reorder_point, updated_at)
    select ${organization}::uuid, (${shop.warehouseIds}::uuid[])[1 + n % 2], gen_random_uuid(), gen_random_uuid(), 'SKU-' || n, n % 50, 0, false, 2,
      1000, 2000, ${MOVEMENTS / LEVELS}, 3, now()
    from generate_series(1, ${LEVELS}::int) n`);
  await system.run(sql`
    with level as (
      select row_number() over (order by sku) - 1 as place, l.* from stock_levels l
    )
    insert into stock_movements (id, organization_id, warehouse_id, variant_id, product_id, sequence, kind, quantity, level_after,
      unit_cost, average_cost, reference_type, reference_id, created_at)
    select (left(pospro_uuid_at(moment)::text, 14) || '7' || right(gen_random_uuid()::text, 21))::uuid, ${organization}::uuid,
      l.warehouse_id, l.variant_id, l.product_id, 1 + n / ${LEVELS}::int,
      case when n % 200 = 0 then 'receipt' else 'sale' end, case when n % 200 = 0 then 1000 else -1 end, 5, 2, 2, 'order', 'order-' || n / 3, moment
    from generate_series(0, ${MOVEMENTS - 1}::int) n
    cross join lateral (select now() - make_interval(secs => n * 30) as moment) t
    join level l on l.place = n % ${LEVELS}::int`);
  await asOwner(db.url, 'analyze stock_movements');
  await asOwner(db.url, 'analyze stock_levels');
  const level = await shop.ctx.db.one<{ variantId: string; productId: string }>(sql`
    select variant_id, product_id from stock_levels where sku = 'SKU-77'`);
  ({ variantId, productId } = level);
}, 120_000);
afterAll(() => db.close());

/** The plans of everything that an operation reads, and how long the database took for it. */
async function plansOf(
  work: (ctx: RequestContext) => Promise<unknown>,
): Promise<{ text: string; milliseconds: number }> {
  const plans: string[] = [];
  const explaining = (database: Queryable): Queryable => ({
    ...database,
    many: async (query) => {
      const lines = await database.many<Record<string, string>>(
        sql`explain (analyze, costs off, timing off) ${query}`,
      );
      plans.push(lines.map((line) => Object.values(line)[0]).join('\n'));
      return database.many(query);
    },
  });
  await work({ ...shop.ctx, db: explaining(shop.ctx.db), reports: explaining(shop.ctx.reports) });
  const text = plans.join('\n\n');
  const times = [...text.matchAll(/Execution Time: ([\d.]+) ms/g)].map((match) => Number(match[1]));
  return { text, milliseconds: times.reduce((all, one) => all + one, 0) };
}

/** Partitions that were read from end to end; an empty one is not worth an index. */
function readInVain(text: string): string[] {
  const scans = [
    ...text.matchAll(/Seq Scan on (stock_movements\w*) \w+ \(actual rows=([\d.]+)[^]*?(?=->|\n\n|$)/g),
  ];
  return scans
    .filter(([scan, , rows]) => Number(rows) > 0 || /Rows Removed by Filter: [1-9]/.test(scan))
    .map(([, partition]) => partition!);
}

const day = (back: number) => new Date(Date.now() - back * 86_400_000);

describe('the ledger', () => {
  const filters: [string, () => QueryStockMovementsArgs][] = [
    ['nothing', () => ({})],
    ['variant', () => ({ variantId })],
    ['product', () => ({ productId })],
    ['warehouse', () => ({ warehouseId: shop.warehouseIds[1] })],
    ['common kind', () => ({ kind: 'sale' })],
    ['rare kind', () => ({ kind: 'receipt' })],
    ['absent kind', () => ({ kind: 'transfer_in' })],
    ['range', () => ({ from: day(10), to: day(9) })],
    ['reference', () => ({ reference: 'order-700' })],
    ['batch', () => ({ batch: 'NO-SUCH' })],
  ];

  it.each(filters)('by %s', async (_, filter) => {
    const { text, milliseconds } = await plansOf((ctx) => listMovements(ctx, filter()));
    expect(readInVain(text)).toEqual([]);
    expect(milliseconds).toBeLessThan(150);
  });

  it('pages on by its cursor as fast as it begins', async () => {
    const first = await listMovements(shop.ctx, { size: 1000 });
    const { text, milliseconds } = await plansOf((ctx) =>
      listMovements(ctx, { size: 1000, cursor: first.nextCursor }),
    );
    expect(readInVain(text)).toEqual([]);
    expect(milliseconds).toBeLessThan(300);
  });
});

it('values the past by one step in an index for each level', async () => {
  const { text, milliseconds } = await plansOf((ctx) =>
    inventoryValuation(ctx, { asOf: day(20).toISOString().slice(0, 10) }),
  );
  expect(text).not.toMatch(/Seq Scan on stock_movements_\d/);
  expect(milliseconds).toBeLessThan(3000);
});

it('lists what is low and out of stock in all branches', async () => {
  for (const list of [listLowStock, listOutOfStock]) {
    const { milliseconds } = await plansOf((ctx) => list(ctx, { everywhere: true }));
    expect(milliseconds).toBeLessThan(150);
  }
});
