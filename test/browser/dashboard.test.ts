/** The dashboard in a real browser: sign-in, live sales, a restart of the server, and what people with other senses meet. */
import type { Browser } from 'playwright-core';
import { builtPages } from '#test/harness/built-pages';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { violations } from './axe';
import { chromiumPath, openPage, startBrowser } from './browser';
import { picture } from './pictures';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;
const WAIT_MS = 30_000;

describeInBrowser(`in Chromium${executable ? '' : ' (skipped: it is not installed here)'}`, () => {
  let platform: TestPlatform;
  let browser: Browser;
  beforeAll(async () => {
    await builtPages();
    [platform, browser] = await Promise.all([startTestPlatform({ demoDays: 1 }), startBrowser(executable!)]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  const sell = async () => {
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: 'cashier@pospro.com', password: 'secure123' },
    });
    const { access_token: token } = login.body as { access_token: string };
    const sold = await platform.rest('POST', '/api/v1/pos/checkout', {
      token,
      body: { items: [{ barcode: '123456789', quantity: 2 }], payment_method: 'cash' },
    });
    expect(sold.status).toBe(201);
    return (sold.body as { number: string }).number;
  };

  it('leads from / to the demo, signs in with a click, and shows a sale as it is made', async () => {
    const { page, faults } = await openPage(browser, platform.url, '/');
    expect(new URL(page.url()).pathname).toBe('/dashboard');
    await page.getByText('secure123').waitFor({ timeout: WAIT_MS });
    await picture(page, 'dashboard-sign-in');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'manager@pospro.com' }).click();
    await page.getByRole('heading', { name: 'Latest sales' }).waitFor({ timeout: WAIT_MS });
    await page.getByText('Live', { exact: true }).waitFor({ timeout: WAIT_MS });
    const number = await sell();
    await page.getByRole('rowheader', { name: number }).waitFor({ timeout: WAIT_MS });
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture(page, 'dashboard-dark');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail address').waitFor({ timeout: WAIT_MS });
    expect(faults).toEqual([]);
    await page.close();
  }, 60_000);

  it('says what is wrong with a login, and signs in with the keyboard', async () => {
    const { page } = await openPage(browser, platform.url, '/dashboard');
    await page.getByLabel('E-mail address').fill('manager@pospro.com');
    await page.getByLabel('Password').fill('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor({ timeout: WAIT_MS });
    await expect(page.getByRole('alert').innerText()).resolves.toMatch(/password/i);
    await page.getByLabel('Password').fill('secure123');
    await page.keyboard.press('Enter');
    await page.getByText('Live', { exact: true }).waitFor({ timeout: WAIT_MS });
    await page.close();
  }, 60_000);
});
