/** Analytics over REST: each status that OpenAPI documents, for a shop with one sale at a cost that is no whole cent. */
import { transact } from '#kernel/db/transact';
import {
  orderDayCustomers,
  orderDayItems,
  orderDayTotals,
  type NewOrderDayItem,
} from '#subgraphs/orders/tables.generated';
import {
  commonStatuses,
  operationsAt,
  startStatusTrial,
  UNKNOWN_ID,
  type StatusTrial,
} from '#test/harness/documented-statuses';
import { createProduct } from '#test/harness/products';
import { amount } from '#test/harness/values';

const OPERATIONS = operationsAt(
  /^\/(analytics\/(sales|products\/(top|trending)|customers|manual-amounts)|customers\/segments$)/,
);
const DAY = '2026-03-02';
const NONE = '00000000-0000-0000-0000-000000000000';

let trial: StatusTrial;
let productId: string;
beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  const { ctx, branchId } = trial.owner;
  const product = await createProduct(ctx, { name: 'Tea', sku: 'TEA', price: amount('12.50') });
  productId = product.id;
  await transact(ctx, async (tx) => {
    const { organizationId } = tx;
    const key = { organizationId, branchId, businessDate: DAY, channel: 'pos' } as const;
    const till = { ...key, registerId: NONE, cashierId: NONE };
    const sums = { net: amount('10.50'), cost: amount('3.333333'), uncostedNet: amount(0) };
    const item: NewOrderDayItem = {
      ...{ ...till, ...sums, productId, variantId: ctx.ids.next() },
      ...{ quantity: amount(1), netSales: amount('12.50') },
    };
    await tx.run(orderDayItems.insert(item));
    await tx.run(
      orderDayTotals.insert({
        ...{
          ...till,
          ...sums,
          hour: 10,
          sales: 1,
          returns: 0,
          unitsSold: amount(1),
          unitsReturned: amount(0),
        },
        ...{ gross: amount('12.50'), discounts: amount(0), refunds: amount(0), tax: amount(2) },
        ...{ voidsCount: 0, voids: amount(0), rounding: amount(0), shipping: amount(0) },
        ...{ tips: amount(0), giftCardSales: amount(0), paymentDifferences: null },
      }),
    );
    const customer = { ...key, ...sums, customerId: ctx.ids.next(), sales: 1, returns: 0, tax: amount(2) };
    await tx.run(orderDayCustomers.insert(customer));
  });
}, 120_000);
afterAll(() => trial.stop());

const pathOf = (operation: string) => operation.split(' ')[1]!;
const read = async (operation: string, query = '') =>
  (await trial.send(operation, [`${pathOf(operation)}${query}`])).body as Record<string, unknown>;

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  expect(await trial.vary(operation, [pathOf(operation)])).toEqual(commonStatuses(operation));
});

it.each(OPERATIONS)('%s answers 200, and 304 if the report is unchanged', async (operation) => {
  const first = await trial.send(operation, [pathOf(operation)]);
  const headers = { 'if-none-match': first.headers.get('etag')! };
  const again = await trial.send(operation, [pathOf(operation)], { headers });
  // Lists of products have no tag: they show values by permission. Pages are not kept, and have none either.
  expect([first.status, again.status]).toEqual([200, /\/products\/|rfm-scores/.test(operation) ? 200 : 304]);
});

it('shows cost and margin in whole cents, by period and by product', async () => {
  const days = `?from=${DAY}&to=${DAY}`;
  const figures = {
    ...{ net_sales: '12.50', tax_total: '2.00', revenue: '10.50' },
    ...{ cost: '3.33', uncosted_revenue: '0.00', margin: '7.17', margin_rate: '0.6825' },
  };
  const report = await read('GET /analytics/sales/daily', days);
  expect([report.points, report.total]).toMatchObject([
    [{ period: DAY, complete: true, figures: { ...figures, sales_count: 1, customers: 1 } }],
    { ...figures, gross_sales: '12.50', average_basket: '12.50' },
  ]);
  for (const unit of ['weekly', 'monthly', 'yearly'])
    expect((await read(`GET /analytics/sales/${unit}`, days)).total).toMatchObject(figures);
  expect((await read('GET /analytics/products/top', days)).items).toMatchObject([
    { rank: 1, product_id: productId, name: 'Tea', net_sales: '12.50', cost: '3.33', margin: '7.17' },
  ]);
});

it('answers 404 for what is unknown, and 422 for what is out of range', async () => {
  const inBranches = OPERATIONS.filter((name) => /sales|products|manual/.test(name));
  for (const operation of inBranches)
    expect(await trial.outcome(operation, [`${pathOf(operation)}?branch_id=${UNKNOWN_ID}`])).toEqual([
      404,
      'NOT_FOUND',
    ]);
  for (const query of [`branch_id=${UNKNOWN_ID}`, `product_id=${UNKNOWN_ID}`, `category_id=${UNKNOWN_ID}`])
    expect(await trial.outcome('GET /analytics/sales/daily', [`/analytics/sales/daily?${query}`])).toEqual([
      404,
      'NOT_FOUND',
    ]);
  for (const [operation, query] of [
    ['GET /analytics/sales/daily', 'from=2020-01-01&to=2026-01-01'],
    ['GET /analytics/sales/daily', 'from=2026-02-01&to=2026-01-01'],
    ['GET /analytics/sales/forecast', 'horizon=105'],
    ['GET /analytics/sales/forecast', 'level=1'],
    ['GET /analytics/products/top', 'size=101'],
    ['GET /analytics/products/trending', 'days=0'],
    ['GET /analytics/customers/lifetime-value', 'discount_rate=0.3'],
    ['GET /analytics/customers/rfm-scores', 'size=0'],
    ['GET /analytics/manual-amounts', 'from=2020-01-01&to=2026-01-01'],
  ] as const)
    expect([query, await trial.outcome(operation, [`${pathOf(operation)}?${query}`])]).toEqual([
      query,
      [422, 'VALIDATION_FAILED'],
    ]);
});

it('has tried each documented status but those that cannot occur', () => {
  // The document names these for all requests with values: a report has no state, and those of customers take no id.
  const cannotOccur = (operation: string) =>
    operation.includes('rfm-scores')
      ? ['404']
      : operation.includes('/customers/')
        ? ['404', '409']
        : operation.includes('/products/')
          ? []
          : ['409'];
  const expected = OPERATIONS.map((operation) => [operation, cannotOccur(operation)] as const);
  expect(trial.missing()).toEqual(Object.fromEntries(expected.filter(([, statuses]) => statuses.length > 0)));
});
