/** No list, search, scan, sale or report reads a table that grows from end to end, or sorts it, however large the shop is. */
import document from '../../openapi.json';
import { growTables, wholeReads } from '#test/harness/plans';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { asOwner } from '#test/harness/server';
import { statementsOf } from '#test/harness/statements';

interface Route {
  parameters?: { name?: string; in?: string; example?: unknown }[];
}

let platform: TestPlatform;
let url: string;
let token: string;
let organizationId: string;
let unfilled: string[];
beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 2 });
  url = platform.services.config.databaseUrl!;
  const body = { email: 'admin@pospro.com', password: 'secure123' };
  const login = await platform.rest('POST', '/api/v1/auth/login', { body });
  token = (login.body as { access_token: string }).access_token;
  const organization = await platform.rest('GET', '/api/v1/organization', { token });
  organizationId = (organization.body as { id: string }).id;
  unfilled = await growTables(url);
  // Most transfers of a shop have arrived.
  await asOwner(
    url,
    `update stock_transfers set status = 'received', received_at = sent_at where status = 'sent' and id::text not like '%-7000-8000-%'`,
    'vacuum (analyze) stock_transfers',
    // The reconciler would work on each copy of a payment that waits for its customer, or for an order.
    `update payment_attempts set status = 'succeeded', next_ask_at = null where status = 'open'`,
    'update payment_intents set expires_at = null',
    'delete from sandbox_events',
    // Nor is any ticket due: each check of one reads its terms.
    'update tickets set next_check_at = null',
    'vacuum (analyze) payment_attempts, payment_intents, tickets',
  );
}, 300_000);
afterAll(() => platform.stop());

/** Routes that read everything by their nature. */
const WHOLE: Readonly<Record<string, string>> = {
  '/api/v1/languages/progress': 'compares each text with its translations',
  '/api/v1/translations/{entity}': 'compares each text of a kind with its translations',
  '/api/v1/translations/{entity}/xliff': 'the same',
  '/api/v1/customers/duplicates': 'compares the customers with one another',
  '/api/v1/carts/metrics': 'counts the carts of a range of days, which here are all',
  '/api/v1/customers/credit-ageing': 'adds up the entries of each account',
  '/api/v1/admin/audit-logs/verify': 'checks each entry of the chain',
  '/api/v1/inventory/valuation': 'adds up the value of each level',
  '/api/v1/reports/inventory-value': 'adds up the value of each level',
  '/api/v1/price-lists/{id}/prices': 'sorts the prices of one list, at most 20,000',
  '/api/v1/analytics/products/low-stock': 'compares each level of the warehouses with its reorder point',
  '/api/v1/reports/profit-loss': 'adds up the lines and movements of a range of days, which here are all',
  '/api/v1/reports/cash-flow': 'adds up all flows of money until the last day',
  '/api/v1/finance/journal': 'posts the amounts of a range of days, which here are all',
  '/api/v1/finance/export': 'writes the postings of a range of days, which here are all',
  '/api/v1/reports/liabilities': 'adds up all entries of five ledgers until the day',
  '/api/v1/setup': 'looks for products without a tax class, of which a shop usually has none',
  '/api/v1/reports/tax': 'adds up the taxes of a range of days, which here are all',
  '/api/v1/orders/stats/monthly': 'adds up the totals of 13 months: those of all days that the shop has',
  '/api/v1/analytics/sales/monthly': 'adds up the totals of 12 months: those of all days that the shop has',
  '/api/v1/analytics/sales/yearly': 'adds up the totals of five years: those of all days that the shop has',
  '/api/v1/analytics/sales/forecast': 'reads the totals of two years: those of all days that the shop has',
  '/api/v1/analytics/products/trending': 'adds up the totals of 56 days: those of all days that the shop has',
  '/api/v1/analytics/customers/segments': 'compares the customers with one another',
  '/api/v1/analytics/customers/rfm-scores': 'compares the customers with one another',
  '/api/v1/analytics/manual-amounts':
    'reads the cash movements and returns of a range of days, which here are all',
  '/api/v1/customers/segments': 'compares the customers with one another',
  '/api/v1/analytics/customers/lifetime-value': 'fits a model on the purchases of the customers',
  '/api/v1/analytics/customers/retention': 'finds the first purchase ever of each customer',
  '/api/v1/analytics/customers/acquisition': 'finds the first purchase ever of each customer',
  '/api/v1/pos/stock/low': 'compares each level of the warehouses with its reorder point',
  '/api/v1/analytics/products/out-of-stock': 'compares each level of the warehouses with its expired batches',
};

const FILLED = [
  'audit_entries', 'barcodes', 'customer_keys', 'customers', 'order_lines', 'orders', 'payments', 'pending_sales', 'price_list_entries',
  'products', 'register_sessions', 'stock_batches', 'stock_levels', 'stock_movements', 'stock_transfers', 'variants', 'webhook_deliveries',
  'z_reports',
]; // prettier-ignore

const checkout = document.paths['/api/v1/pos/checkout'];

/** Every GET route, with the examples of the parameters in its path. */
const ROUTES = Object.entries(document.paths as unknown as Record<string, Record<string, Route>>).flatMap(
  ([path, { get }]) => {
    if (!get || path in WHOLE) return [];
    const exampleOf = (name: string) => get.parameters?.find((one) => one.name === name)?.example;
    return [path.replace(/\{(\w+)\}/g, (_, name: string) => String(exampleOf(name)))];
  },
);

const readsOf = async (work: () => Promise<unknown>) =>
  wholeReads(url, organizationId, await statementsOf(work));

it.each(ROUTES)('GET %s', async (path) => {
  const answers: number[] = [];
  const get = async () => answers.push((await platform.rest('GET', path, { token })).status);
  expect(await readsOf(get)).toEqual([]);
  expect(answers).not.toContain(500);
});

it.each([
  '/api/v1/products?search=milk',
  '/api/v1/products?search=milk&sort=-name&active=true',
  '/api/v1/products?page=400',
  '/api/v1/products?updated_since=2020-01-01T00:00:00Z&sort=updated_at',
  '/api/v1/products?sku=DEMO-0001',
  '/api/v1/products?sort=created_at',
  '/api/v1/products?sort=-created_at&active=true',
  '/api/v1/products?sort=price',
  '/api/v1/products?sort=-price&active=true',
  '/api/v1/products?sort=sku',
  '/api/v1/orders?page=200&size=50',
  '/api/v1/orders?date=2020-01-01',
  '/api/v1/orders?from=2020-01-01&to=2020-01-31',
  '/api/v1/orders?from=2020-01-01&to=2020-12-31',
  '/api/v1/orders?status=draft',
  '/api/v1/orders?status=pending&channel=web',
  '/api/v1/orders?channel=erp',
  '/api/v1/orders?kind=return',
  '/api/v1/orders?external_number=NONE-1',
  '/api/v1/orders?customer_id=0190a000-000b-7000-8000-000000000001',
  '/api/v1/orders?branch_id=0190a000-0001-7000-8000-000000000001&date=2020-01-01',
  '/api/v1/orders?updated_since=2020-01-01T00:00:00Z&sort=updated_at',
  '/api/v1/orders?number=MAIN.1-0000001',
  '/api/v1/orders?receipt_number=MAIN.1-0000001',
  '/api/v1/orders?cashier_id=0190a000-0002-7000-8000-000000000002',
  '/api/v1/orders?register_id=0190a000-000a-7000-8000-000000000001',
  '/api/v1/orders?total_from=10.00&total_to=10.01',
  '/api/v1/orders?total_from=-5.00&total_to=-1.00',
  '/api/v1/orders?sort=-total',
  '/api/v1/orders?sort=number',
  '/api/v1/customers?search=an',
  '/api/v1/pos/products/search?q=mlik',
  '/api/v1/pos/customers/search?q=an',
])('GET %s', async (path) => {
  expect(await readsOf(() => platform.rest('GET', path, { token }))).toEqual([]);
});

it('POST /api/v1/pos/checkout', async () => {
  const body = checkout.post.requestBody.content['application/json'].example;
  const statuses: number[] = [];
  const sell = async () =>
    statuses.push((await platform.rest('POST', '/api/v1/pos/checkout', { token, body })).status);
  expect(await readsOf(sell)).toEqual([]);
  expect(statuses).toEqual([201]);
});

it('answers a checkout with the rows that it wrote: nothing of the order is read after the commit', async () => {
  const body = checkout.post.requestBody.content['application/json'].example;
  const statements = await statementsOf(() => platform.rest('POST', '/api/v1/pos/checkout', { token, body }));
  const texts = statements.map(({ text }) => text.trim().toLowerCase());
  const end = texts.indexOf('commit');
  expect(end).toBeGreaterThan(5);
  expect(
    texts.slice(end + 1).filter((text) => /from (orders|order_\w+|payments|payment_\w+) /.test(text)),
  ).toEqual([]);
});

it('has filled the tables that lists, scans, sales and reports read', () => {
  for (const table of FILLED) expect(unfilled).not.toContain(table);
});
