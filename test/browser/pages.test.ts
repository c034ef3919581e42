/** The pages for people work in a real browser: they render, do what their buttons say, and ask nobody but this server. */
import type { Browser, Page } from 'playwright-core';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { eventually } from '#test/harness/patience';
import { chromiumPath, openPage, startBrowser } from './browser';
import { picture } from './pictures';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;
const WAIT_MS = 45_000;

/** Writes a text into one of GraphiQL's editors, in place of what stands there. */
async function writeInto(page: Page, editor: string, text: string): Promise<void> {
  await page.locator(`${editor} .monaco-editor:visible`).first().click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

describeInBrowser(`in Chromium${executable ? '' : ' (skipped: it is not installed here)'}`, () => {
  let platform: TestPlatform;
  let browser: Browser;
  beforeAll(async () => {
    platform = await startTestPlatform({ demoDays: 1 });
    browser = await startBrowser(executable!);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  const signIn = async (email: string): Promise<string> => {
    const answer = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email, password: 'secure123' },
    });
    return (answer.body as { access_token: string }).access_token;
  };
  const counts = () => platform.platform.live.counts();
  /** Waits until the server has so many subscriptions that are told of events. */
  const subscribed = (upstreams: number) =>
    eventually(
      () => counts().upstreams === upstreams,
      () => JSON.stringify(counts()),
    );

  it('/docs opens on the operations and on Authorize, with links to the chapters', async () => {
    const { page, faults } = await openPage(browser, platform.url, '/docs');
    const tag = page.locator('[id^="operations-tag-"]').first();
    await tag.waitFor({ timeout: WAIT_MS });
    const bottoms = await Promise.all(
      [tag, page.locator('button.authorize').first()].map(async (one) => {
        const { y, height } = (await one.boundingBox())!;
        return y + height;
      }),
    );
    expect(Math.max(...bottoms)).toBeLessThan(page.viewportSize()!.height);
    // Links of the document open pages of their own.
    const opened = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'Signing in' }).click();
    const chapter = await opened;
    await chapter.locator('#section\\/Signing-in').waitFor({ timeout: WAIT_MS });
    expect(new URL(chapter.url()).pathname).toBe('/redoc');
    await picture(chapter, 'docs-chapter');
    expect(faults).toEqual([]);
    await page.close();
  }, 120_000);

  it('/docs lists the operations and tries one out', async () => {
    const { page, faults } = await openPage(browser, platform.url, '/docs');
    await page.locator('#operations-tag-auth, [id^="operations-tag-"]').first().waitFor({ timeout: WAIT_MS });
    await picture(page, 'docs');
    await page.locator('h3[data-tag="auth"]').click();
    const login = page.locator('.opblock', { has: page.locator('[data-path="/api/v1/auth/login"]') });
    await login.locator('.opblock-summary').click();
    await login.locator('button.execute').click();
    const status = login.locator('.live-responses-table tbody .response-col_status').first();
    await status.waitFor({ timeout: WAIT_MS });
    await expect(status.innerText()).resolves.toContain('200');
    await expect(login.locator('.live-responses-table').innerText()).resolves.toContain('access_token');
    await picture(page, 'docs-login');
    expect(faults).toEqual([]);
    await page.close();
  }, 120_000);

  it('/redoc shows every chapter', async () => {
    const { page, faults } = await openPage(browser, platform.url, '/redoc');
    await page.locator('h1', { hasText: 'PosPro API' }).waitFor({ timeout: WAIT_MS });
    const menu = page.locator('.menu-content');
    for (const chapter of ['auth', 'catalog', 'inventory', 'pos']) {
      await menu.getByText(chapter, { exact: true }).first().waitFor({ timeout: WAIT_MS });
    }
    await page.getByText('API docs by Redocly').waitFor({ timeout: WAIT_MS });
    // The search runs in a worker made from a blob.
    await page.locator('.search-input').fill('checkout');
    await page.locator('[data-role="search:results"]').waitFor({ timeout: WAIT_MS });
    await picture(page, 'redoc');
    expect(faults).toEqual([]);
    await page.close();
  }, 120_000);

  it('GraphiQL runs a query against the demo shop', async () => {
    const { page, faults } = await openPage(browser, platform.url, '/graphql');
    await page.locator('.graphiql-execute-button').waitFor({ timeout: WAIT_MS });
    await page.locator('.graphiql-execute-button').click();
    const answer = page.locator('.result-window');
    await answer.getByText('accessToken').waitFor({ timeout: WAIT_MS });
    await picture(page, 'graphiql');
    await page.locator('button[aria-label="Show Documentation Explorer"]').click();
    await page
      .locator('.graphiql-doc-explorer')
      .getByText('Mutation', { exact: true })
      .waitFor({ timeout: WAIT_MS });
    await picture(page, 'graphiql-docs');
    expect(faults).toEqual([]);
    await page.close();
  }, 120_000);

  it('GraphiQL shows a subscription live, with the token that stands under "Headers"', async () => {
    const { page, faults } = await openPage(browser, platform.url, '/graphql');
    await page.locator('.graphiql-execute-button').waitFor({ timeout: WAIT_MS });
    await writeInto(
      page,
      '.graphiql-query-editor',
      'subscription Sales { saleCompleted { total order { items { name } } } }',
    );
    await page.getByRole('button', { name: 'Headers' }).click();
    await writeInto(page, '.graphiql-editor-tool', '{ "Authorization": "Bearer no-token-at-all" }');
    await page.locator('.graphiql-execute-button').click();
    const answer = page.locator('.result-window');
    await answer.getByText('UNAUTHENTICATED').waitFor({ timeout: WAIT_MS });

    await writeInto(
      page,
      '.graphiql-editor-tool',
      `{ "Authorization": "Bearer ${await signIn('manager@pospro.com')}" }`,
    );
    await page.locator('.graphiql-execute-button').click();
    await subscribed(1);
    const body = { items: [{ barcode: '123456789', quantity: 2 }], payment_method: 'cash' };
    const sold = await platform.rest('POST', '/api/v1/pos/checkout', {
      token: await signIn('cashier@pospro.com'),
      body,
    });
    expect(sold.status).toBe(201);
    await answer.getByText('"House Blend Coffee 1 kg"').waitFor({ timeout: WAIT_MS });
    await answer.getByText('"25.00"').waitFor({ timeout: WAIT_MS });
    await picture(page, 'graphiql-live');
    await page.locator('.graphiql-execute-button').click();
    await subscribed(0);
    expect(faults).toEqual([]);
    await page.close();
  }, 120_000);

  it('GraphiQL opens a link that holds a query, as it writes them itself', async () => {
    const { page, faults } = await openPage(
      browser,
      platform.url,
      `/graphql?query=${encodeURIComponent('{ ping { message } }')}`,
    );
    await page.locator('.graphiql-execute-button').click({ timeout: WAIT_MS });
    await page.locator('.result-window').getByText('message').waitFor({ timeout: WAIT_MS });
    expect(faults).toEqual([]);
    await page.close();
  }, 120_000);
});
