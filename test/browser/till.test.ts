/** A whole day at the till in a real browser: open, sell with and without a connection, return, count, close. */
import type { Browser } from 'playwright-core';
import { builtPages } from '#test/harness/built-pages';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { violations } from './axe';
import { chromiumPath, openPage, startBrowser, type WatchedPage } from './browser';
import { picture } from './pictures';
import { atTill, type TillPerson } from './till-page';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;
const WAIT_MS = 20_000;
const REGISTER = 'Register 2';

/** An amount as the demo shop writes it. */
const euros = (amount: number) =>
  new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }).format(amount);

interface Product {
  id: string;
  barcode: string;
  price: string;
}

describeInBrowser(`in Chromium${executable ? '' : ' (skipped: it is not installed here)'}`, () => {
  let platform: TestPlatform;
  let browser: Browser;
  let watched: WatchedPage;
  let till: TillPerson;
  beforeAll(async () => {
    await builtPages();
    [platform, browser] = await Promise.all([startTestPlatform({ demoDays: 1 }), startBrowser(executable!)]);
    watched = await openPage(browser, platform.url, '/till');
    till = await atTill(watched.page, WAIT_MS);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  /** Keeps a picture, and looks for what people with other senses would miss. */
  async function look(name: string): Promise<void> {
    await picture(till.page, `till-${name}`);
    expect(await violations(till.page)).toEqual([]);
  }

  let managerToken: string | undefined;
  async function signInAsManager(): Promise<string> {
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: 'manager@pospro.com', password: 'secure123' },
    });
    expect(login.status).toBe(200);
    return (login.body as { access_token: string }).access_token;
  }

  async function asManager<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    managerToken ??= await signInAsManager();
    const answer = await platform.rest(method, `/api/v1${path}`, {
      token: managerToken,
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status).toBeLessThan(300);
    return answer.body;
  }

  const productOf = async (sku: string) =>
    (await asManager<{ items: Product[] }>('GET', `/products?sku=${sku}`)).items[0]!;

  let register: string | undefined;
  const registerId = async (): Promise<string> => {
    const { items } = await asManager<{ items: { id: string; name: string }[] }>('GET', '/pos/registers');
    return (register ??= items.find(({ name }) => name === REGISTER)!.id);
  };

  /** Sales of the open session, as the server counts them. */
  const salesCount = async () =>
    (
      await asManager<{ sales_count: number }>(
        'GET',
        `/pos/reports/x-report?register_id=${await registerId()}`,
      )
    ).sales_count;

  /** Pays exactly, in cash. */
  async function payCash(): Promise<void> {
    await till.press('Pay');
    await till.press('Cash');
    await till.press('Complete sale');
    await till.page.getByTestId('change').waitFor();
  }

  async function approve(): Promise<void> {
    await till.fill('Manager’s e-mail address', 'manager@pospro.com');
    await till.fill('Manager’s password', 'secure123');
    await till.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  }

  it('signs in, and opens a register with its float', async () => {
    await till.page.getByText('secure123').waitFor();
    await look('sign-in');
    await till.press('cashier@pospro.com');
    await till.page.getByRole('heading', { name: 'Choose a register' }).waitFor();
    await till.page.getByRole('heading', { name: REGISTER }).waitFor();
    await look('registers');
    await till.fill(`Float of ${REGISTER}`, '100,00');
    await till.press(`Open ${REGISTER}`);
    await till.page.getByText('Scan the first item.').waitFor();
    await look('empty');
  }, 80_000);

  it('sells what is scanned, with an approved discount and two tenders, and shows the receipt', async () => {
    await till.scan('123456789');
    await till.page.getByRole('listitem').filter({ hasText: 'House Blend Coffee 1 kg' }).waitFor();
    const yoghurt = await productOf('DEMO-0029');
    await till.scan(yoghurt.barcode);
    // What the scanner types while a field has the focus does not stay there.
    await till.page.getByLabel('Search or scan').focus();
    await till.scan('123456789');
    await till.holds('Quantity of House Blend Coffee', '2');
    await till.holds('Search or scan', '');
    await till.sees('total', euros(25 + Number(yoghurt.price)));
    await look('basket');

    // More than the cashier may give: the total is not paid before a manager has approved it.
    await till.page.keyboard.press('F3');
    await till.fill('Discount', '20');
    await look('discount');
    await till.press('Give discount');
    await till.page.getByText('needs a manager’s approval').waitFor();
    await expect(till.page.getByRole('button', { name: 'Pay', exact: true }).isDisabled()).resolves.toBe(
      true,
    );
    await till.press('Approve');
    await look('approval');
    await approve();
    await till.page.getByText('Approved by Maria Manager.').waitFor();

    await till.press('Pay');
    await till.fill('Amount', '10');
    await till.press('Card');
    await till.page.getByRole('listitem').filter({ hasText: 'Card' }).waitFor();
    await look('tender');
    await till.fill('Amount', '20');
    await till.press('Cash');
    await till.sees('due', euros(30 - (25 + Number(yoghurt.price)) * 0.8));
    await till.page.keyboard.press('F4');
    await till.page.getByText('TOTAL EUR').waitFor();
    await look('receipt');
    await till.page.emulateMedia({ media: 'print' });
    await expect(till.page.getByRole('navigation').isVisible()).resolves.toBe(false);
    await expect(till.page.getByText('TOTAL EUR').isVisible()).resolves.toBe(true);
    await picture(till.page, 'till-receipt-printed');
    await till.page.emulateMedia({ media: 'screen' });
    await till.page.keyboard.press('F4');
    await till.page.getByText('Scan the first item.').waitFor();
  }, 80_000);

  it('parks a basket, and goes on with it after a reload', async () => {
    await till.page.keyboard.press('F2');
    await till.page.keyboard.type('braeburn loose', { delay: 60 });
    await till.page.getByRole('list', { name: 'Found items' }).getByRole('button').first().waitFor();
    await look('search');
    await till.page.keyboard.press('Enter');
    await till.page.getByLabel('Quantity of Apples Braeburn').fill('0,512');
    await till.page.keyboard.press('Enter');
    await till.page.reload();
    await till.holds('Quantity of Apples Braeburn', '0.512');
    await till.press('Park');
    await till.fill('Label', 'Lady in red');
    await till.press('Park basket');
    await till.page.getByText('Scan the first item.').waitFor();
    await till.open('Parked');
    await till.page.getByRole('heading', { name: 'Lady in red' }).waitFor();
    await look('parked');
    await till.press('Recall Lady in red');
    await till.holds('Quantity of Apples Braeburn', '0.512');
    await till.press('Clear');
    expect(watched.faults).toEqual([]);
  }, 80_000);

  it('sells without a connection, survives a reload, and posts each sale once, with its conflict', async () => {
    const [yoghurt, bread] = [await productOf('DEMO-0030'), await productOf('DEMO-0053')];
    const before = await salesCount();
    // The till has copied the catalogue by now; this price is newer than the copy.
    await asManager('PUT', `/products/${yoghurt.id}`, { price: '2.10' });
    await till.page.context().setOffline(true);
    await till.page.getByText('Offline: sales are stored on this device').waitFor();

    await till.scan(yoghurt.barcode);
    await till.sees('total', euros(Number(yoghurt.price)));
    await look('offline');
    await payCash();
    await till.page.getByText('PROVISIONAL RECEIPT').waitFor();
    await look('offline-receipt');
    await till.page.keyboard.press('F4');

    await till.page.reload();
    await till.page.getByText('Offline: sales are stored on this device').waitFor();
    await till.scan(bread.barcode);
    await till.sees('total', euros(Number(bread.price)));
    await payCash();
    await till.page.keyboard.press('F4');
    await till.open('Offline sales');
    await till.page.getByText('2 sales wait to be sent.').waitFor();
    await look('queue-offline');

    await till.page.context().setOffline(false);
    await till.page.getByText('No sale waits to be sent.').waitFor();
    await till.page.getByText('PRICE_CHANGED').waitFor();
    await look('queue-conflict');
    expect(await salesCount()).toBe(before + 2);
    await till.press('Remove posted sales');
    await expect(till.page.getByText('PRICE_CHANGED').count()).resolves.toBe(1);
    watched.faults.length = 0;
  }, 80_000);

  it('returns a sale with an approval, found by its number', async () => {
    const sold = await asManager<{ items: { number: string; total: string }[] }>(
      'GET',
      `/orders?register_id=${await registerId()}&kind=sale&sort=-createdAt&size=1`,
    );
    const { number } = sold.items[0]!;
    await till.open('Return');
    await till.fill('Number of the sale', number);
    await till.press('Find sale');
    await till.fill('Reason', 'Wrong goods');
    await look('return');
    await till.press('Return the whole sale');
    await approve();
    await till.page.getByText(/^Return .*: refund/).waitFor();
    await till.press('Show receipt');
    await till.page.getByText('TOTAL EUR').waitFor();
    await look('returned');
  }, 80_000);

  it('moves cash, and closes the register with the counted cash', async () => {
    await till.open('Cash-up');
    await till.fill('Amount', '50');
    await till.page
      .getByRole('region', { name: 'Cash movements' })
      .getByLabel('Reason')
      .fill('Change from the bank');
    await till.press('Cash in');
    await till.page.getByText('Change from the bank').waitFor();
    await look('cash');
    const { expected_cash: expected } = await asManager<{ expected_cash: string }>(
      'GET',
      `/pos/reports/x-report?register_id=${await registerId()}`,
    );
    await till.fill('Counted cash', (Number(expected) - 1).toFixed(2));
    await till.press(`Close ${REGISTER}`);
    await till.sees('difference', euros(-1));
    await till.page.getByText('Z-REPORT 1').waitFor();
    await look('closed');
    await till.press('Done');
    await till.page.getByRole('heading', { name: 'Choose a register' }).waitFor();
  }, 80_000);

  it('fits a phone, in the dark, and shows a manager the totals and the lines to return', async () => {
    await till.page.setViewportSize({ width: 390, height: 844 });
    await till.page.emulateMedia({ colorScheme: 'dark' });
    await till.press('Sign out');
    await till.press('manager@pospro.com');
    await till.fill(`Float of ${REGISTER}`, '50');
    await till.press(`Open ${REGISTER}`);
    await till.page.getByText('Scan the first item.').waitFor();
    await till.scan('123456789');
    await till.sees('total', euros(12.5));
    await look('phone');
    const [wide, room] = await till.page.evaluate<[number, number]>(
      '[document.body.scrollWidth, innerWidth]',
    );
    expect(wide).toBeLessThanOrEqual(room);
    await payCash();
    const number = /Sale (\S+)/.exec(
      await till.page.getByRole('heading', { name: /^Sale / }).innerText(),
    )![1]!;
    await till.page.keyboard.press('F9');
    await till.fill('Number of the sale', number);
    await till.press('Find sale');
    await till.fill('House Blend Coffee 1 kg: quantity to return', '1');
    await till.fill('Reason', 'Changed their mind');
    await till.page.getByText(/^Refund: .*12\.50/).waitFor();
    await look('phone-return');
    await till.press('Return goods');
    await till.page.getByText(/^Return .*: refund .*12\.50/).waitFor();
    await till.page.keyboard.press('F10');
    await till.press('Show X-report');
    await till.page.getByLabel('Text of the x-report').waitFor();
    await look('phone-cash');
    expect(watched.faults).toEqual([]);
  }, 80_000);
});
