/** The dashboard in a real browser: sign-in, live sales, and what a role may not see. */
import type { Browser } from 'playwright-core';
import { builtPages } from '#test/harness/built-pages';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { violations } from './axe';
import { chromiumPath, openPage, startBrowser } from './browser';
import { saleShown, sell, signIn, WAIT_MS } from './dashboard-page';
import { picture } from './pictures';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;

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

  it('leads from / to the demo, signs in with a click, and shows a sale as it is made', async () => {
    const { page, faults } = await openPage(browser, platform.url, '/');
    expect(new URL(page.url()).pathname).toBe('/dashboard');
    await page.getByText('secure123').waitFor({ timeout: WAIT_MS });
    await picture(page, 'dashboard-sign-in');
    expect(await violations(page)).toEqual([]);
    await signIn(page, 'manager');
    const netSales = page.locator('.figure-main dd');
    await netSales.waitFor({ timeout: WAIT_MS });
    const before = await netSales.innerText();
    await saleShown(page, await sell(platform));
    await page.waitForFunction(
      `document.querySelector('.figure-main dd').innerText !== ${JSON.stringify(before)}`,
      undefined,
      { timeout: WAIT_MS },
    );
    for (const title of ['Registers', 'By tender', 'By channel', 'By branch', 'Forecast', 'Campaigns']) {
      await page.getByRole('heading', { name: title }).waitFor({ timeout: WAIT_MS });
    }
    await page.locator('.plot canvas').first().waitFor({ timeout: WAIT_MS });
    expect(faults).toEqual([]);
    await page.close();
  }, 60_000);

  it('tells a cashier why figures are not shown', async () => {
    const { page, faults } = await openPage(browser, platform.url, '/dashboard');
    await signIn(page, 'cashier');
    await page
      .getByText('The role cashier does not see this. It needs the permission reports:read.')
      .waitFor();
    await page.getByRole('heading', { name: 'Latest sales' }).waitFor({ timeout: WAIT_MS });
    expect(await violations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  }, 60_000);

  it('says what is wrong with a login, signs in with the keyboard, and signs out', async () => {
    const { page } = await openPage(browser, platform.url, '/dashboard');
    await page.getByLabel('E-mail address').fill('manager@pospro.com');
    await page.getByLabel('Password').fill('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor({ timeout: WAIT_MS });
    await expect(page.getByRole('alert').innerText()).resolves.toMatch(/password/i);
    await page.getByLabel('Password').fill('secure123');
    await page.keyboard.press('Enter');
    await page.getByText('Live', { exact: true }).waitFor({ timeout: WAIT_MS });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail address').waitFor({ timeout: WAIT_MS });
    await page.close();
  }, 60_000);
});
