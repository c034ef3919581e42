/** Labels of scales and price lists at the till, with and without a connection: the demo's example labels scan as docs/BARCODES.md says. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { builtPages } from '#test/harness/built-pages';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { violations } from './axe';
import { chromiumPath, openPage, startBrowser, type WatchedPage } from './browser';
import { picture } from './pictures';
import { atTill, type TillPerson } from './till-page';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;
const WAIT_MS = 30_000;
const [WEIGHT_LABEL, PRICE_LABEL] = ['2104664005123', '2704664002506'] as const;

/** The prices of the price lists that the till has copied into its database; undefined before its first copy. */
const COPIED_PRICES = `(async () => {
  const [{ name }] = (await indexedDB.databases()).filter(({ name }) => name.startsWith('pospro-till-'));
  const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const db = await answer(indexedDB.open(name));
  const rules = await answer(db.transaction('state').objectStore('state').get('selling-rules'));
  db.close();
  return rules?.priceLists.flatMap(({ prices }) => prices).length;
})()`;

const euros = (amount: number) =>
  new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }).format(amount);

it('documents the labels that this test scans', () => {
  const page = readFileSync('docs/BARCODES.md', 'utf8');
  expect(page).toContain(`| \`${WEIGHT_LABEL}\` |`);
  expect(page).toContain(`| \`${PRICE_LABEL}\` |`);
});

describeInBrowser(`in Chromium${executable ? '' : ' (skipped: it is not installed here)'}`, () => {
  let platform: TestPlatform;
  let browser: Browser;
  let watched: WatchedPage;
  let till: TillPerson;
  let token: string;
  beforeAll(async () => {
    await builtPages();
    [platform, browser] = await Promise.all([startTestPlatform({ demoDays: 1 }), startBrowser(executable!)]);
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: 'manager@pospro.com', password: 'secure123' },
    });
    token = (login.body as { access_token: string }).access_token;
    watched = await openPage(browser, platform.url, '/till');
    till = await atTill(watched.page, WAIT_MS);
    await till.press('cashier@pospro.com');
    await till.fill('Float of Register 2', '100');
    await till.press('Open Register 2');
    await till.page.getByText('Scan the first item.').waitFor();
  }, 150_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  async function asManager<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await platform.rest(method, `/api/v1${path}`, { token, ...(body ? { body } : {}) });
    expect(answer.status).toBeLessThan(300);
    return answer.body;
  }

  /** The order of the last sale, as the server has it. */
  const lastSale = async () => {
    const { items } = await asManager<{ items: { id: string }[] }>(
      'GET',
      '/orders?kind=sale&sort=-createdAt&size=1',
    );
    return asManager<{ total: string; items: { quantity: string; unit_price: string }[] }>(
      'GET',
      `/orders/${items[0]!.id}`,
    );
  };

  /** Waits until the till has copied so many prices of price lists, and label rules with them. */
  const copied = (count: number) =>
    eventually(
      async () => (await till.page.evaluate<number | undefined>(COPIED_PRICES)) === count,
      () => `The till has not copied ${count} prices.`,
      { limitMs: WAIT_MS, pauseMs: 50 },
    );

  async function scanBoth(): Promise<void> {
    await till.scan(WEIGHT_LABEL);
    await till.page.getByText('0.512 kg').waitFor();
    await till.scan(PRICE_LABEL);
    await till.page.getByText('0.627 kg').waitFor();
    await till.sees('total', euros(2.04 + 2.5));
  }

  async function payCash(): Promise<void> {
    await till.press('Pay');
    await till.press('Cash');
    await till.press('Complete sale');
    await till.page.getByTestId('change').waitFor();
    await till.page.keyboard.press('F4');
  }

  const SOLD = {
    total: '4.54',
    items: [
      { quantity: '0.512', unit_price: '3.99' },
      { quantity: '0.627', unit_price: '3.99' },
    ],
  };

  it('reads the labels by REST and at the till', async () => {
    expect(await asManager('GET', `/pos/scan/${WEIGHT_LABEL}`)).toMatchObject({
      name: 'Tomatoes on the vine, loose',
      quantity: '0.512',
      price: '3.99',
    });
    expect(await asManager('GET', `/pos/scan/${PRICE_LABEL}`)).toMatchObject({ quantity: '0.627' });
    await scanBoth();
    await payCash();
    expect(await lastSale()).toMatchObject(SOLD);
  }, 90_000);

  it('reads them when it starts without a connection, too, and the server posts the sale without a conflict', async () => {
    await copied(0);
    await till.page.waitForFunction(`navigator.serviceWorker.controller?.state === 'activated'`);
    await till.page.context().setOffline(true);
    // Nothing was loaded again since the first visit: all files come from the service worker.
    await till.page.reload();
    await till.page.getByText('Offline: sales are stored on this device').waitFor();
    await till.page.getByText('Scan the first item.').waitFor();
    await till.scan('2104664000005');
    await till.page.getByRole('alert').waitFor();
    await scanBoth();
    await picture(till.page, 'till-labels-offline');
    expect(await violations(till.page)).toEqual([]);
    await payCash();
    await till.page.context().setOffline(false);
    await till.open('Offline sales');
    await till.page.getByText('No sale waits to be sent.').waitFor();
    await till.page.getByText('Posted').first().waitFor();
    expect(await lastSale()).toMatchObject(SOLD);
    expect(
      await asManager('GET', '/pos/offline-conflicts?acknowledged=false&code=PRICE_CHANGED'),
    ).toMatchObject({ total: 0 });
    await till.open('Sale');
  }, 90_000);

  it('charges the prices of price lists without a connection, and shows a change since then as a conflict', async () => {
    const list = await asManager<{ id: string }>('POST', '/price-lists', {
      name: 'Coffee week',
      priority: 50,
    });
    const setPrice = (price: string) =>
      asManager('PUT', `/price-lists/${list.id}/prices`, {
        prices: [
          { sku: 'DEMO-0001', price: '11.00' },
          { sku: 'DEMO-0001', price, min_quantity: '3' },
        ],
      });
    await setPrice('10.00');
    // The till reads the list when it starts.
    await till.page.reload();
    await till.page.getByText('Scan the first item.').waitFor();
    await copied(2);
    const sellThree = async () => {
      await till.page.context().setOffline(true);
      await till.page.getByText('Offline: sales are stored on this device').waitFor();
      await till.scan('123456789');
      await till.sees('total', euros(11));
      await till.scan('123456789');
      await till.scan('123456789');
      await till.sees('total', euros(30));
      await payCash();
    };
    const send = async () => {
      await till.page.context().setOffline(false);
      await till.open('Offline sales');
      await till.page.getByText('No sale waits to be sent.').waitFor();
    };
    await sellThree();
    await send();
    expect(await lastSale()).toMatchObject({ total: '30.00' });
    await expect(till.page.getByText('PRICE_CHANGED').count()).resolves.toBe(0);

    await till.open('Sale');
    await sellThree();
    await setPrice('9.00');
    await send();
    await till.page.getByText('PRICE_CHANGED').waitFor();
    await picture(till.page, 'till-price-list-conflict');
    expect(await lastSale()).toMatchObject({ total: '30.00' });
  }, 120_000);
});
