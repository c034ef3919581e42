/**
 * A real shop's days, replayed invoice by invoice, must end in the file's own sums: in the Z-report, in the stock ledger, and in
 * the orders as CSV; over REST and over GraphQL alike. The data is not ours to ship (see its README), so it lies outside the
 * repository; CI has it and fails without it.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { sql } from '#kernel/db/database';
import { Decimal, sum } from '#kernel/decimal';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { GraphqlDriver, RestDriver, type DayDriver } from './drivers';
import { readRetailDay, type Invoice, type RetailDay } from './retail-day';

const FOLDER = path.resolve(__dirname, '../../../shared/data/online-retail');
const DAYS = ['2010-12-01', '2010-12-02'];
const available = DAYS.every((day) => existsSync(path.join(FOLDER, `${day}.csv`)));

/** What the file's README says of each day; they hold our own reading of it to account. */
const README_FIGURES: Record<string, { lines: number; invoices: number; net: string }> = {
  '2010-12-01': { lines: 3108, invoices: 143, net: '58635.56' },
  '2010-12-02': { lines: 2109, invoices: 167, net: '46207.28' },
};

if (!available && process.env.CI) {
  it('finds the trading data, which CI must have', () => {
    throw new Error('The trading data is missing: shared/data/online-retail must lie beside the repository.');
  });
}

// Without the data there is nothing to replay: the folder shared/data/online-retail lies beside the repository or not at all.
const describeWithData = available ? describe : describe.skip;

describeWithData.each(DAYS)('the trading day %s', (date) => {
  const day = available ? readRetailDay(path.join(FOLDER, `${date}.csv`)) : undefined;

  it('is read as its README describes it', () => {
    const invoices = new Set(day!.invoices.map(({ number }) => number));
    expect({ lines: day!.lineCount, invoices: invoices.size, net: day!.net.toFixed(2) }).toEqual(
      README_FIGURES[date],
    );
  });

  it.each([
    ['REST', (platform: TestPlatform, token: string) => new RestDriver(platform, token)],
    ['GraphQL', (platform: TestPlatform, token: string) => new GraphqlDriver(platform, token)],
  ])(
    'ends in the same figures over %s',
    async (_name, driverOf) => {
      const platform = await startTestPlatform({ env: { BODY_LIMIT_BYTES: '4000000', MAX_TOKENS: '8000' } });
      try {
        const { token, registerId } = await makeShop(platform);
        await replay(driverOf(platform, token), day!, registerId);
        await expectLedger(platform, day!);
        await expectOrders(platform, token, day!);
        await expectFinance(platform, token, day!);
      } finally {
        await platform.stop();
      }
    },
    180_000,
  );
});

/** Registers an organization in pounds, over the public routes. */
async function makeShop(platform: TestPlatform): Promise<{ token: string; registerId: string }> {
  const credentials = { email: 'owner@retail.test', password: 'a long enough password' };
  const organization = {
    name: 'Owner',
    organization_name: 'Gift Shop',
    currency: 'GBP',
    time_zone: 'Europe/London',
  };
  const post = async <Answer>(url: string, body: unknown, token?: string): Promise<Answer> => {
    const answer = await platform.rest('POST', `/api/v1${url}`, { body, token });
    if (answer.status >= 300) throw new Error(`${url}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  await post('/auth/register', { ...credentials, ...organization });
  const { access_token: token } = await post<{ access_token: string }>('/auth/login', credentials);
  // The currency and the time zone mean Great Britain, whose tax classes and first register the shop already has.
  const registers = await platform.rest('GET', '/api/v1/pos/registers', { token });
  const [register] = (registers.body as { items: { id: string }[] }).items;
  return { token, registerId: register!.id };
}

const totalOf = ({ lines }: Invoice) => sum(lines.map(({ quantity, price }) => quantity.times(price))).abs();

/** Sells, takes back and writes off in the file's order, and holds the Z-report against the file. */
async function replay(driver: DayDriver, day: RetailDay, registerId: string): Promise<void> {
  const imported = await driver.importCatalogue(day.catalogue);
  expect({ created: imported.created, failed: imported.failed }).toEqual({
    created: day.catalogue.length,
    failed: 0,
  });
  await driver.open(registerId);
  let cash = new Decimal(100);
  for (const [index, invoice] of day.invoices.entries()) {
    // Every other customer pays cash, so that the drawer is put to the proof as well.
    const tender = index % 2 === 0 ? 'cash' : 'card';
    const total = totalOf(invoice);
    if (invoice.kind === 'adjustment') {
      for (const { code, quantity } of invoice.lines) await driver.writeOff(code, quantity.toFixed());
      continue;
    }
    const amount = total.toFixed(2);
    const order = await (invoice.kind === 'sale'
      ? driver.sell(invoice, tender, amount)
      : driver.takeBack(invoice, tender, amount));
    expect(order.total).toBe((invoice.kind === 'sale' ? total : total.negated()).toFixed(2));
    if (tender === 'cash') cash = invoice.kind === 'sale' ? cash.plus(total) : cash.minus(total);
  }
  expect(await driver.close(cash.toFixed(2))).toEqual({
    salesCount: day.salesCount,
    grossSales: day.sales.toFixed(2),
    refunds: day.returns.toFixed(2),
    netSales: day.net.toFixed(2),
    expectedCash: cash.toFixed(2),
    difference: '0.00',
  });
}

/** Every stocked item's level is its opening less sold, plus returned, less lost; and the ledger's kinds say the same. */
async function expectLedger(platform: TestPlatform, day: RetailDay): Promise<void> {
  const rows = await platform.services.database.system.many<{
    sku: string;
    kind: string;
    moved: Decimal;
    onHand: Decimal;
  }>(sql`
    select l.sku, m.kind, sum(m.quantity) as moved, l.on_hand
    from stock_movements m join stock_levels l on l.variant_id = m.variant_id and l.warehouse_id = m.warehouse_id
    group by l.sku, m.kind, l.on_hand`);
  const found = new Map<string, Record<string, string>>();
  for (const { sku, kind, moved, onHand } of rows)
    found.set(sku, { ...found.get(sku), [kind]: moved.toFixed(), level: onHand.toFixed() });
  const expected = new Map<string, Record<string, string>>();
  for (const { code, service, initialStock } of day.catalogue) {
    if (service) continue;
    const { sold, returned, lost } = day.moved.get(code)!;
    const kinds = {
      receipt: initialStock,
      sale: sold.negated(),
      return: returned,
      adjustment: lost.negated(),
    };
    const moved = Object.entries(kinds).filter(([, quantity]) => !quantity.isZero());
    if (moved.length === 0) continue;
    expected.set(code, {
      ...Object.fromEntries(moved.map(([kind, quantity]) => [kind, quantity.toFixed()])),
      level: initialStock.minus(sold).plus(returned).minus(lost).toFixed(),
    });
  }
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
}

interface CsvRow {
  kind: string;
  item_sku: string;
  item_quantity: string;
  item_total: string;
}

/** The orders as CSV, a row a line, sum to the file's money and to its quantities per item, services included. */
async function expectOrders(platform: TestPlatform, token: string, day: RetailDay): Promise<void> {
  const answer = await platform.rest('GET', '/api/v1/orders?format=csv&sort=created_at', { token });
  expect(answer.status).toBe(200);
  const rows = parse<CsvRow>(answer.text, { columns: true });
  const lines = day.invoices.filter(({ kind }) => kind !== 'adjustment').flatMap((invoice) => invoice.lines);
  expect(rows).toHaveLength(lines.length);
  const amount = (kind: string) =>
    sum(rows.filter((row) => row.kind === kind).map((row) => new Decimal(row.item_total))).toFixed(2);
  expect({ sale: amount('sale'), return: amount('return') }).toEqual({
    sale: day.sales.toFixed(2),
    return: day.returns.negated().toFixed(2),
  });
  const perItem = (pairs: readonly [string, Decimal][]): Record<string, string> => {
    const totals = new Map<string, Decimal>();
    for (const [code, quantity] of pairs)
      totals.set(code, (totals.get(code) ?? new Decimal(0)).plus(quantity));
    return Object.fromEntries(
      [...totals].map(([code, quantity]): [string, string] => [code, quantity.toFixed()]),
    );
  };
  const found = perItem(rows.map((row) => [row.item_sku, new Decimal(row.item_quantity)]));
  expect(found).toEqual(perItem(lines.map(({ code, quantity }) => [code, quantity])));
}

/** Net amount of the item that brought in most, by the file alone. */
function bestSeller(day: RetailDay): Decimal {
  const amounts = new Map<string, Decimal>();
  for (const { kind, lines } of day.invoices)
    if (kind !== 'adjustment')
      for (const { code, quantity, price } of lines)
        amounts.set(code, (amounts.get(code) ?? new Decimal(0)).plus(quantity.times(price)));
  return Decimal.max(...amounts.values());
}

interface ZReports {
  items: { tax: { rate: string; net: string; tax: string }[] }[];
}
interface TaxReport {
  net: string;
  tax: string;
  rows: { rate: string; net: string; tax: string }[];
}

interface Posting {
  debit: string;
  credit: string;
  amount: string;
}

/** The tax report equals the Z-report, and with the net sales of profit and loss it equals the file's money; so do the journal's accounts. */
async function expectFinance(platform: TestPlatform, token: string, day: RetailDay): Promise<void> {
  const get = async <Answer>(url: string): Promise<Answer> => {
    const answer = await platform.rest('GET', `/api/v1${url}`, { token });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const { items } = await get<ZReports>('/pos/reports/z-reports');
  const tax = await get<TaxReport>('/reports/tax');
  const ofRate = ({ rate, net, tax: amount }: TaxReport['rows'][number]) => ({ rate, net, tax: amount });
  expect(tax.rows.map(ofRate)).toEqual(items[0]!.tax.map(ofRate));
  expect(new Decimal(tax.net).plus(tax.tax).toFixed(2)).toBe(day.net.toFixed(2));
  const profit = await get<{ net_sales: string }>('/reports/profit-loss');
  expect(profit.net_sales).toBe(tax.net);
  const cash = await get<{ closing: string; reconciled_with_registers: boolean }>('/reports/cash-flow');
  expect(cash).toMatchObject({ closing: day.net.toFixed(2), reconciled_with_registers: true });
  const journal = await get<{ items: Posting[] }>('/finance/journal?size=1000');
  const balance = (account: string) =>
    sum(
      journal.items.flatMap(({ debit, credit, amount }) => [
        ...(debit === account ? [new Decimal(amount)] : []),
        ...(credit === account ? [new Decimal(amount).negated()] : []),
      ]),
    );
  const netSales = balance('revenue').plus(balance('discounts')).plus(balance('refunds')).negated();
  expect({
    netSales: netSales.toFixed(2),
    tax: balance('output_tax').negated().toFixed(2),
    money: balance('cash').plus(balance('card')).toFixed(2),
    orders: balance('orders').toFixed(2),
  }).toEqual({ netSales: tax.net, tax: tax.tax, money: cash.closing, orders: '0.00' });
  // One definition: order statistics and analytics have the figures of the Z-report, to the cent.
  const sold = {
    sales_count: day.salesCount,
    returns_count: day.returnsCount,
    gross_sales: day.sales.toFixed(2),
    refunds: day.returns.toFixed(2),
    net_sales: day.net.toFixed(2),
    tax_total: tax.tax,
  };
  const stats = await get<{ items: { sales_count: number }[] }>('/orders/stats/daily');
  expect(stats.items.filter((one) => one.sales_count > 0)).toMatchObject([sold]);
  const analytics = await get<{ points: { figures: object }[]; total: object }>('/analytics/sales/daily');
  expect(analytics.points.at(-1)!.figures).toMatchObject({ ...sold, revenue: tax.net });
  expect(analytics.total).toMatchObject({ ...sold, revenue: tax.net });
  const top = await get<{ items: { net_sales: string }[] }>('/analytics/products/top?size=100');
  expect(items[0]).toMatchObject({ net_sales: day.net.toFixed(2) });
  expect(top.items[0]!.net_sales).toBe(bestSeller(day).toFixed(2));
}
