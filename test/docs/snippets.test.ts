/** Every block of code in the quick starts and in the guides of PAGES runs against the demo shop and prints what the page says. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { snippetDifference, snippetsOf } from './markdown';
import { missingProgram, startPage, type PageRun } from './run';

const FOLDER = path.resolve(__dirname, '../../docs');
const QUICK_STARTS = readdirSync(path.join(FOLDER, 'quickstart')).map((file) =>
  path.join('quickstart', file),
);
const PAGES = [
  ...QUICK_STARTS,
  'ANALYTICS.md',
  'BACKUP.md',
  'CAMPAIGNS.md',
  'CURRENCIES.md',
  'CUSTOMERS.md',
  'FINANCE.md',
  'FIRST-SHOP.md',
  'GIFT-CARDS.md',
  'OFFLINE.md',
  'PAYMENTS.md',
  'RECEIPTS.md',
  'SETTINGS.md',
  'SHIPPING.md',
  'SUPPORT.md',
  'TRANSLATIONS.md',
  'VENDORS.md',
  'WEB-SHOP.md',
].filter((file) => file.endsWith('.md'));

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 2 });
}, 120_000);
afterAll(() => platform.stop());

describe.each(PAGES)('%s', (file) => {
  const snippets = snippetsOf(readFileSync(path.join(FOLDER, file), 'utf8'));
  let page: PageRun;
  beforeAll(() => (page = startPage(platform)));
  afterAll(() => page.close());

  it('has something to run', () => expect(snippets.some(({ runs }) => runs)).toBe(true));

  for (const snippet of snippets) {
    const missing = missingProgram(snippet);
    const name = `${snippet.language}: ${snippet.place}${missing ? ` (skipped: there is no ${missing} here)` : ''}`;
    (missing ? it.skip : it)(
      name,
      async () => {
        const printed = await page.run(snippet);
        expect(snippetDifference(snippet, printed)).toBeUndefined();
      },
      60_000,
    );
  }
});
