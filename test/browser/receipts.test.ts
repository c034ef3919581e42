/** A receipt's page on the paper of a roll, as a browser prints it: nothing is cut off, and its QR code can be read. */
import type { Browser, Page } from 'playwright-core';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { readQrCode } from '#test/harness/qr-code';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import { chromiumPath, startBrowser } from './browser';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;

/** What does not fit on a line, with blanks to break it at and without. */
const LONG = {
  shop: 'Feinkost Müller & Söhne, Inhaberin Anneliese Müller-Lüdenscheidt e. K.',
  words: 'Darjeeling First Flush Organic Loose Leaf Tea in a Hand-Painted Tin with a Lid, 250 g',
  word: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftskäse',
  note: `Gift wrapped in red paper with a very long ribbon around all of it, for\n${'A'.repeat(80)}`,
};

/** Widths in CSS pixels, 96 an inch. */
const PAPER = [
  ['80 mm', 302],
  ['58 mm', 219],
] as const;

/** Something on the page, and whether all of it lies on the part of the paper that a printer reaches. */
interface Shown {
  text: string;
  onPaper: boolean;
}

/** Runs in the page; 4 mm on either side is what a printer leaves white. */
const SHOWN = `[...document.querySelectorAll('td, th, h1, header div, .mark, footer div, svg, img')].map((cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  const boxes = [...(cell.matches('svg, img') ? cell.getClientRects() : range.getClientRects())];
  const onPaper = boxes.every((box) => box.left >= 15 && box.right <= window.innerWidth - 15);
  return { text: cell.textContent, onPaper };
})`;

describeInBrowser(`in Chromium${executable ? '' : ' (skipped: it is not installed here)'}`, () => {
  let db: TestDatabase;
  let browser: Browser;
  let till: Till;
  beforeAll(async () => {
    [db, browser] = await Promise.all([testDatabase(), startBrowser(executable!)]);
    till = await openTill(db, { name: LONG.shop });
    await updateProduct(till.ctx, till.items.TEA!.productId, { name: LONG.words });
    await updateProduct(till.ctx, till.items.CHEESE!.productId, { name: LONG.word });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await db?.close();
  });

  const html = async (orderId: string) => (await printReceipt(till.ctx, orderId, 'html')).content;

  /** The page on paper of this width. */
  async function onPaper(content: string, width: number): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 1000 }, deviceScaleFactor: 2 });
    await page.emulateMedia({ media: 'print' });
    await page.setContent(content);
    return page;
  }

  it.each(PAPER)(
    'prints a long sale, its copy and its return on %s with every amount on the paper',
    async (_, width) => {
      const { order } = await checkout(till.ctx, {
        items: [
          { sku: 'TEA', quantity: amount(12), discount: { percent: amount(10) }, note: LONG.note },
          { sku: 'CHEESE', quantity: amount('1.234') },
        ],
        payments: [
          {
            method: 'card',
            amount: amount(20),
            reference: 'Visa **** 4242, authorization 0192837465, terminal 7765',
          },
          { method: 'cash', amount: amount(100) },
        ],
      });
      const { order: back } = await refundOrder(till.ctx, order.id, { reason: 'Broken' });
      for (const { id, receiptNumber, total } of [order, order, back]) {
        const page = await onPaper(await html(id), width);
        const shown = await page.evaluate<Shown[]>(SHOWN);
        const texts = shown.map(({ text }) => text);
        expect(texts).toEqual(
          expect.arrayContaining([LONG.shop, LONG.words, LONG.word, 'TOTAL EUR', total.toFixed(2)]),
        );
        expect(shown.filter(({ onPaper: on }) => !on)).toEqual([]);
        const code = await readQrCode(await page.screenshot({ fullPage: true }));
        expect(code).toContain(`receipt=${receiptNumber};order=${id};at=`);
        expect(code).toContain(`;total=${total.toFixed(2)};currency=EUR`);
        await page.close();
      }
    },
  );
});
