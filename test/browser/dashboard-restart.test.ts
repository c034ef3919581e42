/** The dashboard and a restart of the server: no sale is missing afterwards. */
import type { Browser } from 'playwright-core';
import { startPlatform, type Platform } from '#gateway/platform';
import { mountRest } from '#sofa/index';
import { subgraphs } from '#subgraphs/list';
import { builtPages } from '#test/harness/built-pages';
import { freePort } from '#test/harness/free-port';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { chromiumPath, openPage, startBrowser } from './browser';
import { saleShown, sell, signIn, WAIT_MS } from './dashboard-page';
import { picture } from './pictures';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;

describeInBrowser(`in Chromium${executable ? '' : ' (skipped: it is not installed here)'}`, () => {
  let platform: TestPlatform;
  let again: Platform | undefined;
  let browser: Browser;
  beforeAll(async () => {
    await builtPages();
    const port = String(await freePort());
    [platform, browser] = await Promise.all([
      startTestPlatform({ demoDays: 1, env: { PORT: port } }),
      startBrowser(executable!),
    ]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await again?.stop();
    await platform?.stop();
  });

  it('goes on after a restart of the server, with the sale that was made while it was not connected', async () => {
    const { page } = await openPage(browser, platform.url, '/dashboard');
    await signIn(page, 'manager');
    await saleShown(page, await sell(platform));
    await platform.platform.stop();
    await page.getByText('The server is away.').waitFor({ timeout: WAIT_MS });
    // The page stays offline until the sale is made, so that only the cursor can bring it.
    await page.context().setOffline(true);
    again = await startPlatform({
      config: platform.services.config,
      subgraphs,
      mountRest,
      log: platform.services.log,
    });
    await again.listen();
    const missed = await sell(platform);
    await page.context().setOffline(false);
    await saleShown(page, missed);
    await page.getByText('Live', { exact: true }).waitFor({ timeout: WAIT_MS });
    await picture(page, 'dashboard-after-restart');
    await page.close();
  }, 90_000);
});
