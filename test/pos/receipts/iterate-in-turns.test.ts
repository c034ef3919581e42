/** Receipts of thousands of lines are written in parts, between which other requests have their turn. */
import { receiptEscPos } from '#subgraphs/pos/receipts/receipt-escpos';
import { receiptPdf } from '#subgraphs/pos/receipts/receipt-pdf';
import { receiptText } from '#subgraphs/pos/receipts/receipt-text';
import type { ReceiptLayout } from '#subgraphs/pos/receipts/receipt-layout';

const ITEMS = 1_000;
const layout: ReceiptLayout = {
  language: 'en',
  rightToLeft: false,
  title: 'Corner Shop',
  head: [],
  marks: [],
  details: [],
  items: Array.from({ length: ITEMS }, (_, index) => ({ left: `Item ${index}`, right: '12.50' })),
  totals: [],
  tenders: [],
  taxTitles: ['Tax', 'Net', 'Amount'],
  taxes: [],
  foot: [],
  code: 'R-1',
};

const FORMATS: Readonly<Record<string, () => Promise<unknown>>> = {
  text: () => receiptText(layout, 80),
  'ESC/POS': () => receiptEscPos(layout, { openDrawer: false, cut: 'partial', logo: null, paper: 80 }),
  PDF: () => receiptPdf(layout, { number: 'R-1', createdAt: new Date(0), logo: null, paper: 80 }),
};

it.each(Object.entries(FORMATS))('%s', async (_format, write) => {
  let turns = 0;
  let writing = true;
  const count = () => {
    turns += 1;
    if (writing) setImmediate(count);
  };
  setImmediate(count);
  await write();
  writing = false;
  expect(turns).toBeGreaterThanOrEqual(ITEMS / 100);
});
