/** A statement as a PDF: its texts are read back from the glyphs. */
import type { CreditEntryRow } from '#subgraphs/customers/model';
import { statementPdf } from '#subgraphs/customers/credit/statement-pdf';
import { pdfTexts, placedPdfTexts } from '#test/harness/pdf-text';
import { amount } from '#test/harness/values';

const entry = (index: number) =>
  ({
    businessDate: '2026-02-01',
    kind: 'sale',
    dueDate: '2026-03-03',
    amount: amount(index),
    balance: amount(index),
  }) as unknown as CreditEntryRow;
const statement = (customerName: string, count: number, language = 'en') => ({
  language,
  customerId: 'id',
  customerName,
  currency: 'EUR',
  from: '2026-02-01',
  to: '2026-02-28',
  balanceBefore: amount(-10),
  balanceAfter: amount('1234.5'),
  entries: Array.from({ length: count }, (_, index) => entry(index)),
});
const pdf = (customerName: string, count: number, { shop = 'Café Łódź', language = 'en' } = {}) =>
  statementPdf(statement(customerName, count, language), shop, new Date('2026-03-01T00:00:00Z'));
const textsOf = async (...given: Parameters<typeof pdf>) => pdfTexts(await pdf(...given));

it('shows the shop, the customer, the entries and both balances', async () => {
  const [page, ...others] = await textsOf('Jürgen Weiß', 1);
  expect(others).toEqual([]);
  expect(page).toEqual([
    'Café Łódź',
    'Statement Feb 1, 2026 to Feb 28, 2026',
    'Jürgen Weiß',
    ...['Date', 'Entry', 'Due', 'Amount', 'Balance (EUR)'],
    ...['Feb 1, 2026', 'Balance before', '-10.00'],
    ...['Feb 1, 2026', 'Sale', 'Mar 3, 2026', '0.00', '0.00'],
    ...['Feb 28, 2026', 'Balance', '1,234.50'],
    '1 / 1',
  ]);
});

it.each([
  [
    'de-DE',
    ['Kontoauszug vom 01.02.2026 bis 28.02.2026', 'Datum', 'Buchung', 'Fällig', 'Betrag', 'Saldo (EUR)'],
    ['01.02.2026', 'Saldo davor', '-10,00', '01.02.2026', 'Kauf', '03.03.2026', '0,00', '0,00'],
    ['28.02.2026', 'Saldo', '1.234,50'],
  ],
  [
    'fr-FR',
    [
      'Relevé de compte du 1 févr. 2026 au 28 févr. 2026',
      'Date',
      'Opération',
      'Échéance',
      'Montant',
      'Solde (EUR)',
    ],
    ['1 févr. 2026', 'Solde précédent', '-10,00', '1 févr. 2026', 'Achat', '3 mars 2026', '0,00', '0,00'],
    ['28 févr. 2026', 'Solde', '1 234,50'],
  ],
])('is in %s, with its dates and amounts', async (language, [title, ...columns], entries, balance) => {
  const [page] = await textsOf('Ada', 1, { shop: 'Shop', language });
  expect(page).toEqual(['Shop', title, 'Ada', ...columns, ...entries, ...balance, '1 / 1']);
});

it('is set from right to left in Arabic: the first column is at the right edge', async () => {
  const [page] = placedPdfTexts(await pdf('Ada', 1, { shop: 'Shop', language: 'ar' }));
  const leftOf = (sought: string) => page!.find(({ text }) => text === sought)!.left;
  expect(leftOf('-10.00')).toBeLessThan(60);
  expect(leftOf('Ada')).toBeGreaterThan(500);
  expect(page!.map(({ text }) => text)).toContain('1,234.50');
});

it.each(['Ελένη Παπαδοπούλου', 'Ольга Петрова', 'Ångström €', 'Nguyễn Thị'])(
  'has the letters of %s',
  async (name) => {
    const [page] = await textsOf(name, 0, { shop: name });
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
  expect(pages.flat().filter((text) => text === 'Sale')).toHaveLength(100);
});
