/** A statement as a PDF: its texts are read back from the glyphs. */
import type { CreditEntryRow } from '#subgraphs/customers/model';
import { statementPdf } from '#subgraphs/customers/credit/statement-pdf';
import { pdfTexts } from '#test/harness/pdf-text';
import { amount } from '#test/harness/values';

const entry = (index: number) =>
  ({
    businessDate: '2026-02-01',
    kind: 'sale',
    dueDate: '2026-03-03',
    amount: amount(index),
    balance: amount(index),
  }) as unknown as CreditEntryRow;
const statement = (customerName: string, count: number) => ({
  customerId: 'id',
  customerName,
  currency: 'EUR',
  from: '2026-02-01',
  to: '2026-02-28',
  balanceBefore: amount(-10),
  balanceAfter: amount('1234.5'),
  entries: Array.from({ length: count }, (_, index) => entry(index)),
});
const textsOf = async (customerName: string, count: number, shop = 'Café Łódź') =>
  pdfTexts(await statementPdf(statement(customerName, count), shop, new Date('2026-03-01T00:00:00Z')));

it('shows the shop, the customer, the entries and both balances', async () => {
  const [page, ...others] = await textsOf('Jürgen Weiß', 1);
  expect(others).toEqual([]);
  expect(page).toEqual([
    'Café Łódź',
    'Statement 2026-02-01 to 2026-02-28',
    'Jürgen Weiß',
    ...['Date', 'Entry', 'Due', 'Amount', 'Balance (EUR)'],
    ...['2026-02-01', 'Balance before', '-10.00'],
    ...['2026-02-01', 'sale', '2026-03-03', '0.00', '0.00'],
    ...['2026-02-28', 'Balance', '1234.50'],
    '1 / 1',
  ]);
});

it.each(['Ελένη Παπαδοπούλου', 'Ольга Петрова', 'Ångström €', 'Nguyễn Thị'])(
  'has the letters of %s',
  async (name) => {
    const [page] = await textsOf(name, 0, name);
    expect([page![0], page![2]]).toEqual([name.normalize('NFC'), name.normalize('NFC')]);
  },
);

it('repeats the titles of its columns on each page, and numbers the pages', async () => {
  const pages = await textsOf('Ada', 100);
  expect(pages.length).toBe(3);
  for (const [index, page] of pages.entries()) {
    expect(page).toContain('Balance (EUR)');
    expect(page.at(-1)).toBe(`${index + 1} / 3`);
  }
  expect(pages.flat().filter((text) => text === 'sale')).toHaveLength(100);
});
