/** Receipts in the language of the customer, the branch or the organization: their texts, amounts, dates and names, and their direction. */
import { updateBranch } from '#subgraphs/auth/branches';
import { updateOrganization } from '#subgraphs/auth/organizations';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { CATALOG_TRANSLATABLES } from '#subgraphs/catalog/index';
import { updateCustomer } from '#subgraphs/customers/customers';
import { addLanguage, addTranslation } from '#subgraphs/i18n/index';
import { refundOrder } from '#subgraphs/orders/index';
import { updatePaymentMethod } from '#subgraphs/payments/payment-methods';
import { checkout } from '#subgraphs/pos/index';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { placedPdfTexts } from '#test/harness/pdf-text';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';
import { printOut } from '#test/pos/escpos';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  const articles = [{ sku: 'TEA', price: '3.50', stock: '100000' }];
  till = await openTill(db, { taxNumber: 'DE123456789', articles });
});
afterAll(() => db.close());

const translatables = new Map(CATALOG_TRANSLATABLES.map((entity) => [entity.name, entity]));
const translate = (sku: string, language: string, value: string) =>
  addTranslation(till.ctx, translatables, {
    entity: 'product',
    entityId: till.items[sku]!.productId,
    field: 'name',
    language,
    value,
  });
const inBranch = (language: string) => updateBranch(till.ctx, till.branchId, { language });
const ofCustomer = (language: string | null) => updateCustomer(till.ctx, till.customerId, { language });

/** A sale of 500 teas, paid in cash; the note has 42 columns. */
async function sell(customerId: string | null = null): Promise<string> {
  const { order } = await checkout(till.ctx, {
    items: [{ sku: 'TEA', quantity: amount(500), discount: { percent: amount(10) } }],
    payments: [{ method: 'cash', amount: amount(2000) }],
    customerId,
    createdAt: new Date(Date.now() - 1000),
  });
  return order.id;
}
const print = (orderId: string, format: 'text' | 'html' | 'escpos' | 'pdf' = 'text') =>
  printReceipt(till.ctx, orderId, format);
/** The lines of the text, with one blank in place of several, and without the invisible marks. */
const linesOf = (content: string) =>
  content.split('\n').map((line) =>
    line
      .replace(/[\u200e\u2068\u2069]/g, '')
      .replace(/\s+/g, ' ')
      .trim(),
  );
const bodyOf = (content: string) =>
  linesOf(content).filter((line) => !/^(Datum|Bedient|.* الكاشير|.*التاريخ)/.test(line));

it('is in German in a German branch, with German amounts; what the shop wrote itself stays', async () => {
  await inBranch('de');
  await updatePaymentMethod(till.ctx, 'card', { name: 'EC' });
  const printed = await print(await sell());
  expect(printed.language).toBe('de');
  expect(bodyOf(printed.content)).toEqual([
    'Corner Shop',
    'Main Street',
    '1 Main Street',
    '10115 Berlin',
    'Steuernr. DE123456789',
    '-'.repeat(42),
    'Beleg MAIN.T1-R0000001',
    'Kasse Till 1',
    '-'.repeat(42),
    'Product TEA 1.750,00',
    '500 x 3,50',
    'Rabatt -175,00',
    '-'.repeat(42),
    'Zwischensumme 1.750,00',
    'Rabatte -175,00',
    'SUMME EUR 1.575,00',
    '-'.repeat(42),
    'Bar 2.000,00',
    'Rückgeld 425,00',
    '-'.repeat(42),
    'Steuer Netto Betrag',
    '19 % 1.323,53 251,47',
    '-'.repeat(42),
    'Thank you',
    '',
  ]);
  expect(linesOf(printed.content).find((line) => line.startsWith('Datum'))).toMatch(
    /^Datum \d\d\.\d\d\.\d{4}, \d\d:\d\d$/,
  );
  const { order } = await checkout(till.ctx, { items: [{ sku: 'TEA' }], paymentMethod: 'card' });
  expect((await print(order.id)).content).toMatch(/^EC +3,50$/m);
});

it('is in the language of the customer, else of the branch, else of the organization, else in English', async () => {
  const languageOf = async (customerId: string | null = till.customerId) =>
    (await print(await sell(customerId))).language;
  expect(await languageOf()).toBe('en');
  await updateOrganization(till.ctx, { defaultLanguage: 'nl' });
  expect(await languageOf()).toBe('en');
  await updateOrganization(till.ctx, { defaultLanguage: 'fr-CH' });
  expect(await languageOf()).toBe('fr-CH');
  await inBranch('de-CH');
  expect(await languageOf()).toBe('de-CH');
  await ofCustomer('ar');
  expect(await languageOf()).toBe('ar');
  expect(await languageOf(null)).toBe('de-CH');
  // Polish has no catalogue, so the branch decides.
  await ofCustomer('pl');
  expect(await languageOf()).toBe('de-CH');
  await ofCustomer(null);
  expect(await languageOf()).toBe('de-CH');
});

it('I8: the first print decides; a reprint has the same texts, whatever has changed since', async () => {
  await addLanguage(till.ctx, { code: 'de' });
  await translate('TEA', 'de', 'Grüner Tee');
  await inBranch('de');
  const orderId = await sell(till.customerId);
  const first = await print(orderId);
  expect(first.content).toMatch(/^Grüner Tee +1\.750,00$/m);

  await translate('TEA', 'de', 'Schwarzer Tee');
  await updateProduct(till.ctx, till.items.TEA!.productId, { name: 'Coffee' });
  await inBranch('fr');
  await ofCustomer('ar');
  await updateOrganization(till.ctx, { defaultLanguage: 'en-GB' });
  const second = await print(orderId);
  expect(second.language).toBe('de');
  const mark = `${' '.repeat(13)}*** KOPIE 1 ***`;
  expect(second.content).toBe(first.content.replace('-'.repeat(42), `${mark}\n${'-'.repeat(42)}`));
  // A sale after that has the new texts, and its return refers to it in the same language.
  const later = await sell(till.customerId);
  expect((await print(later)).language).toBe('ar');
});

it('I8: a translation counts only for the name that was sold', async () => {
  await addLanguage(till.ctx, { code: 'de' });
  await translate('TEA', 'de', 'Grüner Tee');
  await inBranch('de-AT');
  const orderId = await sell();
  await updateProduct(till.ctx, till.items.TEA!.productId, { name: 'Product TEA, large' });
  await translate('TEA', 'de', 'Großer Tee');
  expect((await print(orderId)).content).toMatch(/^Product TEA +1 750,00$/m);
  // de-AT falls back to de for the name.
  expect((await print(await sell())).content).toMatch(/^Großer Tee +1 750,00$/m);
});

it('names a return, a void and training in the language', async () => {
  await inBranch('fr');
  const sale = await sell();
  const { order } = await refundOrder(till.ctx, sale, { reason: 'Broken' });
  const lines = linesOf((await print(order.id)).content);
  expect(lines).toEqual(expect.arrayContaining(['*** RETOUR ***', 'Pour le ticket MAIN.T1-R0000001']));
  expect(lines).toContain('TOTAL EUR -1 575,00');
});

it('reads the texts of the first print alone for a reprint: neither the customer nor translations', async () => {
  await addLanguage(till.ctx, { code: 'de' });
  await translate('TEA', 'de', 'Grüner Tee');
  await ofCustomer('de');
  const orderId = await sell(till.customerId);
  const about = (statements: { text: string }[]) =>
    statements.filter(({ text }) => /from (customers|translations|receipt_prints)|languages l/.test(text))
      .length;
  expect(about(await statementsOf(() => print(orderId)))).toBe(4);
  expect(about(await statementsOf(() => print(orderId)))).toBe(1);
});

describe('from right to left', () => {
  let orderId: string;
  beforeEach(async () => {
    await addLanguage(till.ctx, { code: 'ar' });
    await translate('TEA', 'ar', 'شاي أخضر');
    await inBranch('ar');
    orderId = await sell();
  });

  it('the text has its amounts on the left and its names on the right', async () => {
    const { content } = await print(orderId);
    expect(bodyOf(content)).toEqual([
      'Corner Shop',
      'Main Street',
      '1 Main Street',
      '10115 Berlin',
      'الرقم الضريبي DE123456789',
      '-'.repeat(42),
      'MAIN.T1-R0000001 إيصال',
      'Till 1 الصندوق',
      '-'.repeat(42),
      '1,750.00 شاي أخضر',
      '500 × 3.50',
      '-175.00 خصم',
      '-'.repeat(42),
      '1,750.00 المجموع الفرعي',
      '-175.00 الخصومات',
      '1,575.00 الإجمالي EUR',
      '-'.repeat(42),
      '2,000.00 نقدًا',
      '425.00 الباقي',
      '-'.repeat(42),
      'المبلغ الصافي الضريبة',
      '251.47 1,323.53 19 %',
      '-'.repeat(42),
      'Thank you',
      '',
    ]);
    // Each text is isolated in its column; detail rows are indented from the right.
    const total = content.split('\n').find((line) => line.includes('الإجمالي'))!;
    expect(total).toMatch(/^1,575\.00 +\u200e\u2068الإجمالي EUR\u2069\u200e$/u);
    expect(content.split('\n').find((line) => line.includes('500'))).toBe(`${' '.repeat(30)}500 × 3.50`);
  });

  it('the page says its language and direction, and sets texts to the right', async () => {
    const { content } = await print(orderId, 'html');
    expect(content).toContain('<!doctype html><html lang="ar" dir="rtl">');
    expect(content).toContain('td,th{padding:.1rem 0;vertical-align:top;text-align:right}');
    expect(content).toContain('td+td,th+th{text-align:left;');
    expect(content).toContain('<td dir="auto">شاي أخضر</td><td dir="auto">1,750.00</td>');
    expect(content).toContain('<th dir="auto">الضريبة</th>');
  });

  it('the PDF has its amounts at the left edge, and ends its names at the right one', async () => {
    const { content } = await print(orderId, 'pdf');
    const bytes = Buffer.from(content, 'base64');
    expect(bytes.toString('latin1')).toContain('/Lang (ar)');
    const texts = placedPdfTexts(bytes).flat();
    const at = texts.findIndex(({ text }) => text === '1,750.00');
    // The margin of paper of 80 mm, whose columns end at 214 points.
    expect(texts[at]!.left).toBeCloseTo(12, 1);
    const name = texts.slice(
      at + 1,
      texts.findIndex(({ left }, index) => index > at && left < 13),
    );
    expect(name.length).toBeGreaterThan(0);
    expect(Math.min(...name.map(({ left }) => left))).toBeGreaterThan(150);
    // Glyphs are drawn from the left, and so the last letter first.
    const letters = [...name.map(({ text }) => text).join('')].reverse().join('').normalize('NFKC');
    expect(letters.replace(/\s/g, '')).toContain('شاي');
  });

  it('the printer gets lines with Arabic letters as dots, mirrored, and other lines as text', async () => {
    const printed = printOut(Buffer.from((await print(orderId, 'escpos')).content, 'base64'));
    const texts = printed.flatMap((part) => (part.kind === 'line' ? [part.text.trimEnd()] : []));
    expect(texts).toEqual(
      expect.arrayContaining([`${' '.repeat(30)}500 × 3.50`, `${' '.repeat(15)}Corner Shop`]),
    );
    expect(texts.join('')).not.toContain('?');
    const dots = printed.flatMap((part) => (part.kind === 'dots' ? [part] : []));
    // The line of the total: its amount begins in the first column, and its text ends in the last one.
    const total = dots.at(-4)!;
    const used = Array.from({ length: total.width }, (_, x) =>
      Array.from({ length: total.height }, (_row, y) => total.black(x, y)).some(Boolean),
    );
    expect(used.slice(0, 8 * 12).filter(Boolean).length).toBeGreaterThan(40);
    expect(used.slice(9 * 12, 24 * 12).filter(Boolean)).toEqual([]);
    expect(used.lastIndexOf(true)).toBeGreaterThan(total.width - 12);
  });
});
