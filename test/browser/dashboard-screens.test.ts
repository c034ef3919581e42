/** The dashboard from a phone to a wall screen, in light and dark, and for those who do not see it. */
import type { Browser } from 'playwright-core';
import { builtPages } from '#test/harness/built-pages';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { violations } from './axe';
import { chromiumPath, openPage, startBrowser } from './browser';
import { signIn, WAIT_MS } from './dashboard-page';
import { picture } from './pictures';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;

describeInBrowser(`in Chromium${executable ? '' : ' (skipped: it is not installed here)'}`, () => {
  let platform: TestPlatform;
  let browser: Browser;
  beforeAll(async () => {
    await builtPages();
    [platform, browser] = await Promise.all([startTestPlatform({ demoDays: 9 }), startBrowser(executable!)]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  it.each([
    ['phone', 390, 844],
    ['desk', 1280, 900],
    ['wall', 2560, 1440],
  ])(
    'fits a %s in light and dark, and can be used by everyone',
    async (screen, width, height) => {
      const { page, faults } = await openPage(browser, platform.url, '/dashboard');
      await page.setViewportSize({ width, height });
      await signIn(page, 'manager');
      await page.locator('.plot canvas').nth(1).waitFor({ timeout: WAIT_MS });
      // Nothing is wider than the screen: people scroll one way.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await picture(page, `dashboard-${screen}-${colorScheme}`);
        expect(await violations(page)).toEqual([]);
      }
      expect(faults).toEqual([]);
      await page.close();
    },
    60_000,
  );

  it('has a table for each plot, which the keyboard opens', async () => {
    const { page } = await openPage(browser, platform.url, '/dashboard');
    await signIn(page, 'manager');
    const more = page.locator('.plot summary').first();
    await more.focus();
    await page.keyboard.press('Enter');
    await page
      .getByRole('columnheader', { name: 'The same weekday a week before' })
      .waitFor({ timeout: WAIT_MS });
    expect(await violations(page)).toEqual([]);
    await page.close();
  }, 60_000);
});
