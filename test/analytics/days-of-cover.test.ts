/** Days of cover of low and empty stock, by the sales of four weeks, through the graph and over REST. */
import { transact } from '#kernel/db/transact';
import { addDays } from '#kernel/periods.rules';
import { reportBranches } from '#subgraphs/orders/index';
import { orderDayItems } from '#subgraphs/orders/tables.generated';
import { signIn } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const NONE = '00000000-0000-0000-0000-000000000000';
let platform: TestPlatform;
let till: Till;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  till = await openTill(platform, {
    articles: [
      { sku: 'TEA', price: '3.50', stock: '10' },
      { sku: 'MUG', price: '9.00', stock: '5' },
      { sku: 'OLD', price: '5.00', stock: '4' },
    ],
  });
  token = (await signIn(platform, till.owner.email)).accessToken;
  const { today } = await reportBranches(till.ctx, null);
  // 56 units of tea in the 28 days before today, and 1 a day earlier and 90 today, which do not count; returns exceed sales of the mug.
  await transact(till.ctx, async (tx) => {
    for (const [sku, days, quantity] of [
      ['TEA', 28, 50],
      ['TEA', 1, 6],
      ['TEA', 29, 1],
      ['TEA', 0, 90],
      ['MUG', 3, -2],
    ] as const) {
      const { productId, variantId } = till.items[sku]!;
      const key = {
        organizationId: tx.organizationId,
        branchId: till.branchId,
        registerId: NONE,
        cashierId: NONE,
      };
      const sums = { netSales: amount(1), net: amount(1), cost: amount(0), uncostedNet: amount(0) };
      await tx.run(
        orderDayItems.insert({
          ...{ ...key, ...sums, productId, variantId, channel: 'pos' },
          ...{ businessDate: addDays(today, -days), quantity: amount(quantity) },
        }),
      );
    }
  });
}, 300_000);
afterAll(() => platform.stop());

const listed = async (path: string) => {
  const answer = await platform.rest('GET', `/api/v1${path}`, { token });
  const { items } = answer.body as { items: { sku: string; days_of_cover?: string | null }[] };
  return items.map(({ sku, days_of_cover }) => [sku, days_of_cover]).sort();
};

it('are available quantity × 28 / units sold in 28 days; null without sales', async () => {
  expect(await listed('/analytics/products/low-stock?threshold=100')).toEqual([
    ['MUG', null],
    ['OLD', null],
    ['TEA', '5'],
  ]);
  // The till's own list does not need them.
  expect(await listed('/pos/stock/low?threshold=100')).toEqual([
    ['MUG', undefined],
    ['OLD', undefined],
    ['TEA', undefined],
  ]);
});

it('are asked for in the graph beside the stock', async () => {
  const { data } = await platform.graphql<{ lowStock: { items: object[] } }>(
    '{ lowStock(threshold: 100, sort: "sku") { items { sku available daysOfCover } } }',
    {},
    token,
  );
  expect(data.lowStock.items).toEqual([
    { sku: 'MUG', available: '5', daysOfCover: null },
    { sku: 'OLD', available: '4', daysOfCover: null },
    { sku: 'TEA', available: '10', daysOfCover: '5' },
  ]);
});
