/** Customers at the till: their offers and points, gift cards and store credit, in a real browser. */
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

/** A customer of the demo shop with points, 17.50 of store credit, and a card; a member of its group of regulars. */
const CUSTOMER = 'Ada Abel';

const euros = (amount: number) =>
  new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }).format(amount);

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
    expect(answer.text).not.toContain('problem');
    expect(answer.status).toBeLessThan(300);
    return answer.body;
  }

  /** Keeps pictures in light and dark, on a desk and on a phone, and looks for what people with other senses would miss. */
  async function look(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await till.page.emulateMedia({ colorScheme });
      await picture(till.page, `till-${name}-${colorScheme}`);
      expect(await violations(till.page)).toEqual([]);
    }
    await till.page.setViewportSize({ width: 390, height: 844 });
    await picture(till.page, `till-${name}-phone`);
    expect(await till.page.evaluate('document.body.scrollWidth')).toBeLessThanOrEqual(390);
    await till.page.setViewportSize({ width: 1280, height: 900 });
    await till.page.emulateMedia({ colorScheme: 'light' });
  }

  const customerOf = async (search: string) =>
    (
      await asManager<{ items: { id: string; name: string; phone: string }[] }>(
        'GET',
        `/customers?search=${encodeURIComponent(search)}`,
      )
    ).items[0]!;
  const lastSale = async () => {
    const { items } = await asManager<{
      items: { customer_id: string; points_earned: number; total: string }[];
    }>('GET', '/orders?kind=sale&sort=-createdAt&size=1');
    return items[0]!;
  };

  it('finds a customer by phone, prices the basket for the customer, and earns the points of the server', async () => {
    const { id } = await customerOf(CUSTOMER);
    const { items: groups } = await asManager<{ items: { id: string; name: string }[] }>(
      'GET',
      '/customer-groups',
    );
    const campaign = await asManager<{ id: string }>('POST', '/campaigns', {
      name: 'For regulars',
      group_ids: [groups.find(({ name }) => name === 'Regulars')!.id],
      action: { type: 'percent', percent: '20' },
    });
    await asManager('POST', `/campaigns/${campaign.id}/activate`);
    await till.scan('123456789');
    await till.sees('total', euros(12.5));
    await till.page.keyboard.press('F6');
    await till.fill('Name, phone', 'ada ab');
    await till.page.getByRole('list', { name: 'Found customers' }).getByRole('button').first().waitFor();
    await look('customer-search');
    await till.page.getByRole('button', { name: new RegExp(`^${CUSTOMER}`) }).click();
    await till.sees('total', euros(10));
    const points = await till.page.getByTestId('points').innerText();
    const [, earned] = /^[\d,]+ points, earns ([\d,]+)$/.exec(points)!;
    await look('customer');
    await till.press('Pay');
    await till.press('Cash');
    await till.press('Complete sale');
    await till.page.getByTestId('change').waitFor();
    expect(await lastSale()).toMatchObject({
      customer_id: id,
      points_earned: Number(earned),
      total: '10.00',
    });
    await till.page.keyboard.press('F4');
  }, 90_000);

  it('knows a customer by the scanned card, and redeems points', async () => {
    await till.scan('123456789');
    await till.scan('CARD-0001');
    await till.page.getByRole('group', { name: 'Customer' }).getByText(CUSTOMER).waitFor();
    await till.page.getByRole('button', { name: /^Redeem [\d,]+ points/ }).click();
    await till.page.getByRole('button', { name: 'Keep the points' }).waitFor();
    await till.page.getByText(/points pay/).waitFor();
    await look('customer-points');
    await till.press('Remove customer');
    await till.sees('total', euros(12.5));
  }, 90_000);

  it('adds a customer who is not known, with what was typed', async () => {
    await till.page.keyboard.press('F6');
    await till.fill('Name, phone', 'xylo quux');
    await till.page.getByText('No customer found.').waitFor();
    await till.press('New customer');
    await till.holds('Name', 'xylo quux');
    await till.fill('Phone', 'no number');
    await till.press('Add customer');
    await till.page.getByRole('alert').waitFor();
    await till.fill('Phone', '+49 30 23125999');
    await till.fill('Name', 'Xylo Quux');
    await look('customer-new');
    await till.press('Add customer');
    await till.page.getByRole('group', { name: 'Customer' }).getByText('Xylo Quux').waitFor();
    expect(await customerOf('Xylo Quux')).toMatchObject({ phone: '+49 30 23125999' });
    await till.press('Remove customer');
    await till.press('Clear');
  }, 90_000);

  it('accepts a gift card, store credit and cash for one sale', async () => {
    await till.scan('CARD-0001');
    await till.scan('123456789');
    await till.fill('Quantity of House Blend Coffee', '8');
    await till.page.keyboard.press('Enter');
    await till.sees('total', euros(80));
    await till.press('Pay');
    await till.fill('Code of a gift card', 'NO-SUCH-CARD-9999');
    await till.press('Gift card');
    await till.page.getByRole('alert').waitFor();
    await till.fill('Code of a gift card', 'dem0-g1ft-card-0001');
    await till.press('Gift card');
    await till.page.getByText(/\*\*\*\* 0001, .*0\.00 left/).waitFor();
    await till.sees('due', euros(30));
    await till.fill('Code of a gift card', 'DEM0-G1FT-CARD-0001');
    await till.press('Gift card');
    await till.page.getByRole('alert').getByText('This gift card pays already.').waitFor();
    await till.sees('due', euros(30));
    await till.press(`Store credit of ${CUSTOMER}`);
    await till.page.getByText(`${CUSTOMER}, ${euros(0)} left`).waitFor();
    await till.sees('due', euros(12.5));
    await look('stored-value');
    await till.press('Cash');
    await till.press('Complete sale');
    await till.page.getByTestId('change').waitFor();
    expect(await asManager('GET', '/gift-cards/dem0-g1ft-card-0001')).toMatchObject({ balance: '0.00' });
    const { id } = await customerOf(CUSTOMER);
    expect(await asManager('GET', `/customers/${id}/store-credit`)).toMatchObject({ balance: '0.00' });
    await till.page.keyboard.press('F4');
  }, 90_000);

  it('sells a gift card for the value that the cashier names, and shows its code once', async () => {
    await till.page.keyboard.press('F2');
    await till.fill('Search or scan', 'gift card');
    await till.page.getByRole('list', { name: 'Found items' }).getByRole('button').first().waitFor();
    await till.page.keyboard.press('Enter');
    await till.page.getByLabel('Value of Gift card').fill('40');
    await till.page.keyboard.press('Enter');
    await till.sees('total', euros(40));
    await look('gift-card-value');
    await till.press('Pay');
    await till.press('Card');
    await till.press('Complete sale');
    const code = await till.page.locator('.code').innerText();
    await look('gift-card-sold');
    expect(await asManager('GET', `/gift-cards/${code}`)).toMatchObject({
      balance: '40.00',
      status: 'active',
    });
    await till.page.keyboard.press('F4');
    expect(watched.faults.filter((fault) => !fault.startsWith('console'))).toEqual([]);
  }, 90_000);

  it('says what needs a connection, and keeps such a sale until there is one', async () => {
    await till.scan('123456789');
    await till.press('Pay');
    await till.fill('Code of a gift card', 'DEM0-G1FT-CARD-0005');
    await till.press('Gift card');
    await till.sees('due', euros(0));
    await till.page.context().setOffline(true);
    await till.page
      .getByText('No connection. Gift cards and store credit pay only with a connection.')
      .waitFor();
    await look('stored-value-offline');
    await till.press('Complete sale');
    await till.page.getByRole('alert').getByText('Gift cards and store credit pay only').nth(1).waitFor();
    await till.page.context().setOffline(false);
    await till.page.getByText('Online', { exact: true }).waitFor();
    await till.press('Complete sale');
    await till.page.getByTestId('change').waitFor();
    expect(await asManager('GET', '/gift-cards/dem0-g1ft-card-0005')).toMatchObject({ balance: '7.50' });
    const queued = till.page.getByRole('navigation').getByRole('button', { name: /^Offline sales/ });
    await eventually(
      async () => (await queued.innerText()) === 'Offline sales',
      () => 'A sale waits.',
    );
  }, 90_000);
});
