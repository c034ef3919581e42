/**
 * The day of a newcomer in an empty folder, with the package as npm installs it: start an empty platform, make a shop by docs/FIRST-SHOP.md,
 * import products, sell, see it live, close the register, back up, and restore into another empty folder. The steps of one document alone are
 * in snippets.test.ts, those of a contributor in contributing.test.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { disposeClients, graphqlClient, listen, plainSocket } from '#test/live/clients';
import { installPackage, type InstalledPackage, type Place } from './installed-package';
import { snippetDifference, snippetsOf } from './markdown';
import { startPage } from './run';

const PAGE = readFileSync(path.resolve(__dirname, '../../docs/FIRST-SHOP.md'), 'utf8');
const UP_TO_THE_RECEIPT = PAGE.slice(0, PAGE.indexOf('\n## What else'));
const OWNER = { email: 'robin@corner-shop.example', password: 'a long pass phrase' };
/** The words that a person reads in a minute. */
const WORDS_A_MINUTE = 200;

describe('docs/FIRST-SHOP.md', () => {
  it('reaches the receipt within six calls', () => {
    const calls = snippetsOf(UP_TO_THE_RECEIPT).flatMap(({ code }) => code.match(/\bcurl\b/g) ?? []);
    expect(UP_TO_THE_RECEIPT).toContain('/pos/receipt/print');
    expect(calls.length).toBeLessThanOrEqual(6);
  });

  it('is read within five minutes', () => {
    expect(PAGE.split(/\s+/).length).toBeLessThan(5 * WORDS_A_MINUTE);
  });
});

describe('a newcomer', () => {
  let installed: InstalledPackage | undefined;
  let shop: Place;
  let token: string;
  beforeAll(async () => {
    installed = await installPackage();
    shop = await installed.place();
    await shop.start();
  }, 400_000);
  afterAll(() => installed?.remove());
  afterEach(() => disposeClients());

  async function call<Body>({ url }: Place, method: string, route: string, body?: object): Promise<Body> {
    const response = await fetch(`${url}/api/v1${route}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${route}: ${text}`);
    return JSON.parse(text) as Body;
  }

  async function signIn(place: Place): Promise<void> {
    token = '';
    ({ access_token: token } = await call<{ access_token: string }>(place, 'POST', '/auth/login', OWNER));
  }

  /** All that a shop must find again: its orders, its stock, its Z-reports and their chain. */
  const books = async (place: Place) => {
    const { items } = await call<{ items: { id: string }[] }>(place, 'GET', '/pos/registers');
    return {
      orders: await call<object>(place, 'GET', '/orders'),
      products: await call<object>(place, 'GET', '/products'),
      reports: await call<object>(place, 'GET', '/pos/reports/z-reports'),
      chain: await call<object>(place, 'GET', `/pos/reports/z-reports/verify?register_id=${items[0]!.id}`),
    };
  };

  /** Verifies the audit trail once all its entries are sealed. */
  async function verified(place: Place): Promise<string> {
    for (;;) {
      const printed = await place.pospro('audit', 'verify');
      if (!printed.includes('wait for their seal')) return printed;
      await sleep(500);
    }
  }

  it('makes a shop of an empty platform, as the page says', async () => {
    const page = startPage(shop);
    for (const snippet of snippetsOf(PAGE).filter(({ runs }) => runs))
      expect(snippetDifference(snippet, await page.run(snippet))).toBeUndefined();
    page.close();
    await signIn(shop);
  }, 120_000);

  it('imports products, sells one and sees it live, on both sockets', async () => {
    const file = path.join(shop.folder, 'products.csv');
    writeFileSync(file, 'sku,name,price,initial_stock\nMUG-1,Blue mug,7.50,10\nMUG-2,Red mug,8.50,10\n');
    expect(await shop.pospro('import', file)).toContain('2 created');
    const screen = plainSocket(`${shop.url}/ws/stock-updates?token=${token}`);
    await screen.until(1);
    const client = graphqlClient(shop.url, token);
    const totals = listen<object>(client, 'subscription { saleCompleted { total } }');
    const today = listen<object>(client, 'subscription { salesToday { salesCount } }');
    await today.until(1);
    const items = [{ sku: 'MUG-1', quantity: '2' }];
    await call(shop, 'POST', '/pos/checkout', { items, payments: [{ method: 'card', amount: '15.00' }] });
    await Promise.all([screen.until(2), totals.until(1), today.until(2)]);
    expect(screen.items[1]).toMatchObject({ type: 'stock', sku: 'MUG-1', delta: '-2', available: '8' });
    expect(totals.items[0]!.data).toEqual({ saleCompleted: { total: '15.00' } });
    expect(today.items.map(({ data }) => data)).toEqual([
      { salesToday: { salesCount: 1 } },
      { salesToday: { salesCount: 2 } },
    ]);
  }, 120_000);

  it('closes the register, backs up, and finds the same books in another folder', async () => {
    // The float of 100.00 and the tea of 13.80 that was paid in cash.
    const report = await call<{ hash: string }>(shop, 'POST', '/pos/register/close', {
      counted_cash: '113.80',
    });
    expect(report).toMatchObject({ kind: 'z', number: 1, sales_count: 2, difference: '0.00' });
    const before = await books(shop);
    expect(before.chain).toMatchObject({ valid: true });
    expect(before.reports).toMatchObject({ total: 1, items: [{ number: 1, hash: report.hash }] });
    const trail = await verified(shop);
    const [, backup] = /^(\S+\.zip): \d+ tables/m.exec(await shop.pospro('backup'))!;
    expect(await shop.stop()).toBe(0);

    const other = await installed!.place();
    expect(await other.pospro('restore', path.resolve(shop.folder, backup!))).toContain(
      'its data is in order',
    );
    await other.start();
    await signIn(other);
    expect(await books(other)).toEqual(before);
    const [, entries] = /(\d+) entries in order/.exec(trail)!;
    const [, restored] = /(\d+) entries in order/.exec(await verified(other))!;
    expect(Number(restored)).toBeGreaterThanOrEqual(Number(entries));
    // The next sale has the next number.
    await call(other, 'POST', '/pos/register/open', { opening_float: '113.80' });
    const items = [{ sku: 'TEA-1', quantity: '1' }];
    const sale = await call(other, 'POST', '/pos/checkout', { items, payment_method: 'cash' });
    expect(sale).toMatchObject({
      status: 'completed',
      receipt_number: expect.stringMatching(/0003$/) as unknown,
    });
    expect(await other.stop()).toBe(0);
  }, 300_000);
});
