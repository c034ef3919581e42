/** The accounting export of a small day: each byte of both files. */
import { SettableClock } from '#kernel/clock';
import { accountingExport } from '#subgraphs/analytics/finance/export/accounting-export';
import { updateAccountingSettings } from '#subgraphs/analytics/finance/accounts/accounting-settings';
import { updateBranch } from '#subgraphs/auth/branches';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { moveCash } from '#subgraphs/registers/cash/cash-movements';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

const DAY = { from: '2026-01-05', to: '2026-01-05' };
let db: TestDatabase;
let clock: SettableClock;
beforeAll(async () => {
  clock = new SettableClock(new Date('2026-01-05T10:00:00.013Z'));
  db = await testDatabase({ clock });
});
afterAll(() => db.close());

/** A cup is sold for cash, and tea by card. */
async function smallDay(): Promise<Till> {
  const till = await openTill(db, {
    pricesIncludeTax: true,
    articles: [
      { sku: 'CUP', price: '11.90', tax: '19', stock: '5', cost: '3.00' },
      { sku: 'TEA', price: '1070.00', tax: '7', service: true },
    ],
  });
  await updateBranch(till.ctx, till.branchId, { name: 'Café "Łódź" 5 €', code: 'MAIN' });
  for (const [sku, paymentMethod] of [
    ['CUP', 'cash'],
    ['TEA', 'card'],
  ] as const)
    await checkout(till.ctx, { items: [{ sku }], registerId: till.registerId, paymentMethod });
  return till;
}

const accountant = { consultantNumber: 29098, clientNumber: 55003 };

it('writes the posting batch of DATEV', async () => {
  const till = await smallDay();
  await updateAccountingSettings(till.ctx, accountant);
  const file = await accountingExport(till.ctx, { ...DAY, format: 'datev' });
  expect(file).toMatchObject({
    fileName: 'EXTF_Buchungsstapel-2026-01-05-2026-01-05.csv',
    contentType: 'text/csv; charset=windows-1252',
    ...{ encoding: 'base64', count: 7 },
  });
  const [header, columns, ...lines] = Buffer.from(file.content, 'base64').toString('latin1').split('\r\n');
  expect(header).toBe(
    '"EXTF";700;21;"Buchungsstapel";13;20260105110000013;;"RE";"PosPro";"";29098;55003;20260101;4;20260105;20260105;"PosPro";"";1;0;0;"EUR";;"";;;"03";;;"";""',
  );
  expect(columns!.split(';')).toHaveLength(125);
  const branch = 'Caf\u{e9} ""?\u{f3}dz"" 5 \u{80}';
  const line = (value: string, debit: string, credit: string, key: string, text: string) =>
    `${value};"S";"EUR";;;;${debit};${credit};"${key}";0501;"20260105-MAIN";;;"${text} ${branch}"${';'.repeat(100)}0${';'.repeat(11)}`;
  expect(lines).toEqual([
    line('3,00', '3960', '3980', '', 'Wareneinsatz'),
    line('1070,00', '1360', '1792', '', 'Zahlungen Karte'),
    line('11,90', '1000', '1792', '', 'Zahlungen bar'),
    line('10,00', '1792', '8400', '40', 'Umsatz 19 % T0'),
    line('1000,00', '1792', '8300', '40', 'Umsatz 7 % T1'),
    line('1,90', '1792', '1776', '40', 'USt auf Umsatz 19 % T0'),
    line('70,00', '1792', '1771', '40', 'USt auf Umsatz 7 % T1'),
    '',
  ]);
});

it('writes the CSV by account, each posting once in debit and once in credit', async () => {
  const till = await smallDay();
  const file = await accountingExport(till.ctx, { ...DAY, format: 'csv' });
  expect(file).toMatchObject({ fileName: 'journal-2026-01-05-2026-01-05.csv', encoding: 'utf-8', count: 7 });
  expect(file.content.split('\r\n')).toEqual([
    'number,account,date,branch,kind,method,tax_rate,tax_class,debit,credit,contra_number,contra_account,currency',
    '1000,cash,2026-01-05,MAIN,payments,cash,,,11.90,,1792,orders,EUR',
    '1360,card,2026-01-05,MAIN,payments,card,,,1070.00,,1792,orders,EUR',
    '1771,output_tax,2026-01-05,MAIN,sales_tax,,7,T1,,70.00,1792,orders,EUR',
    '1776,output_tax,2026-01-05,MAIN,sales_tax,,19,T0,,1.90,1792,orders,EUR',
    '1792,orders,2026-01-05,MAIN,payments,card,,,,1070.00,1360,card,EUR',
    '1792,orders,2026-01-05,MAIN,payments,cash,,,,11.90,1000,cash,EUR',
    '1792,orders,2026-01-05,MAIN,sales,,19,T0,10.00,,8400,revenue,EUR',
    '1792,orders,2026-01-05,MAIN,sales,,7,T1,1000.00,,8300,revenue,EUR',
    '1792,orders,2026-01-05,MAIN,sales_tax,,19,T0,1.90,,1776,output_tax,EUR',
    '1792,orders,2026-01-05,MAIN,sales_tax,,7,T1,70.00,,1771,output_tax,EUR',
    '3960,cost_of_goods,2026-01-05,MAIN,cost_of_goods,,,,3.00,,3980,inventory,EUR',
    '3980,inventory,2026-01-05,MAIN,cost_of_goods,,,,,3.00,3960,cost_of_goods,EUR',
    '8300,revenue,2026-01-05,MAIN,sales,,7,T1,,1000.00,1792,orders,EUR',
    '8400,revenue,2026-01-05,MAIN,sales,,19,T0,,10.00,1792,orders,EUR',
    '',
  ]);
});

it('omits a posting from an account to itself in DATEV', async () => {
  const till = await smallDay();
  await moveCash(till.ctx, 'cash_in', { registerId: till.registerId, amount: amount(20), reason: 'Coins' });
  const lines = async () => {
    const { content } = await accountingExport(till.ctx, { ...DAY, format: 'datev' });
    return Buffer.from(content, 'base64').toString('latin1').split('\r\n').length;
  };
  await updateAccountingSettings(till.ctx, accountant);
  const before = await lines();
  await updateAccountingSettings(till.ctx, { accounts: [{ account: 'cash_transfers', number: '1000' }] });
  expect(await lines()).toBe(before - 1);
});

it('rejects DATEV without the numbers of the accountant, for two fiscal years, and in dinars', async () => {
  const till = await smallDay();
  await expectError('ILLEGAL_STATE', accountingExport(till.ctx, { ...DAY, format: 'datev' }));
  await updateAccountingSettings(till.ctx, { ...accountant, fiscalYearMonth: 4 });
  const days = { from: '2026-03-31', to: '2026-04-01' };
  const error = await expectError(
    'VALIDATION_FAILED',
    accountingExport(till.ctx, { ...days, format: 'datev' }),
  );
  expect(error.errors).toMatchObject([{ field: 'to', code: 'TOO_LONG' }]);
  expect(await accountingExport(till.ctx, { ...days, format: 'csv' })).toMatchObject({ count: 0 });
  const kuwait = await openTill(db, { currency: 'KWD' });
  await updateAccountingSettings(kuwait.ctx, accountant);
  await expectError('ILLEGAL_STATE', accountingExport(kuwait.ctx, { ...DAY, format: 'datev' }));
});
