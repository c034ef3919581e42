/** The account numbers of the journal: the charts, and numbers of the organization's own. */
import { accountFinder } from '#subgraphs/analytics/finance/accounts/account-numbers.rules';
import {
  ACCOUNTING_DEFAULTS,
  accountingSettings,
  updateAccountingSettings,
} from '#subgraphs/analytics/finance/accounts/accounting-settings';
import { chartAccounts, JOURNAL_ACCOUNTS } from '#subgraphs/analytics/finance/accounts/charts.rules';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

const numbersOf = (settings: Parameters<typeof accountFinder>[0]) => {
  const accountOf = accountFinder(settings);
  return (account: Parameters<typeof accountOf>[0], rate: string | null = null) =>
    accountOf(account, rate === null ? null : amount(rate)).number;
};

it('has a number of four digits for each account in both charts', () => {
  for (const chart of ['skr03', 'skr04'] as const) {
    const accounts = chartAccounts(chart);
    expect(new Set(accounts.map(({ account }) => account))).toEqual(new Set(JOURNAL_ACCOUNTS));
    expect(accounts.filter(({ number }) => !/^\d{4}$/.test(number))).toEqual([]);
  }
});

it('finds the account of the chart for the tax rate, or else that of all rates', () => {
  const skr03 = numbersOf(ACCOUNTING_DEFAULTS);
  expect([skr03('revenue', '19'), skr03('revenue', '7'), skr03('revenue', '5.5'), skr03('cash')]).toEqual([
    ...['8400', '8300', '8200', '1000'],
  ]);
  const skr04 = numbersOf({ ...ACCOUNTING_DEFAULTS, chart: 'skr04', accountLength: 6 });
  expect([skr04('revenue', '19'), skr04('output_tax', '19.0000'), skr04('bank')]).toEqual([
    ...['440000', '380600', '180000'],
  ]);
});

it('prefers numbers of its own: one for all rates replaces those of the chart for single rates', () => {
  const own = (taxRate: string | null, number: string) => ({
    ...{ account: 'revenue' as const, taxRate, number, taxKey: null },
  });
  const one = numbersOf({ ...ACCOUNTING_DEFAULTS, accounts: [own('19', '8401')] });
  expect([one('revenue', '19'), one('revenue', '7'), one('revenue', '0')]).toEqual(['8401', '8300', '8200']);
  const all = numbersOf({ ...ACCOUNTING_DEFAULTS, accounts: [own(null, '8000'), own('7', '8007')] });
  expect([all('revenue', '19'), all('revenue', '7'), all('revenue', '0')]).toEqual(['8000', '8007', '8000']);
});

it('stores numbers, keeps omitted settings, and raises the version with a change alone', async () => {
  const { ctx } = await openShop(db, {});
  expect(await accountingSettings(ctx.db)).toEqual(ACCOUNTING_DEFAULTS);
  const accounts = [{ account: 'bank' as const, number: '1210' }];
  const first = await updateAccountingSettings(ctx, {
    accounts,
    consultantNumber: 29098,
    clientNumber: 55003,
  });
  expect(first).toMatchObject({ chart: 'skr03', version: 1, consultantNumber: 29098 });
  expect(first.accounts).toEqual([{ account: 'bank', taxRate: null, number: '1210', taxKey: null }]);
  expect(first.presentAccounts.find(({ account }) => account === 'bank')!.number).toBe('1210');
  const same = await updateAccountingSettings(ctx, { accounts, clientNumber: 55003 });
  expect(same.version).toBe(1);
  const second = await updateAccountingSettings(ctx, { chart: 'skr04', consultantNumber: null, version: 1 });
  expect(second).toMatchObject({
    version: 2,
    consultantNumber: null,
    clientNumber: 55003,
    accounts: first.accounts,
  });
  expect((await updateAccountingSettings(ctx, { accounts: [] })).accounts).toEqual([]);
  await expectError('CONFLICT', updateAccountingSettings(ctx, { chart: 'skr03', version: 1 }));
});

it('rejects numbers that are too long or not numbers, rates and keys that cannot be, and an account twice', async () => {
  const { ctx } = await openShop(db, {});
  const fieldsOf = async (input: Parameters<typeof updateAccountingSettings>[1]) =>
    (await expectError('VALIDATION_FAILED', updateAccountingSettings(ctx, input))).errors!.map(
      ({ field }) => field,
    );
  const bank = { account: 'bank' as const };
  expect(
    await fieldsOf({
      accounts: [
        { ...bank, number: '12000' },
        { ...bank, number: 'Bank', taxRate: amount(101) },
        { ...bank, number: '0000', taxRate: amount(7), taxKey: '40a' },
        { ...bank, number: '1200' },
      ],
    }),
  ).toEqual([
    ...['accounts.0.number', 'accounts.1.number', 'accounts.1.taxRate', 'accounts.2.number'],
    ...['accounts.2.taxKey', 'accounts.3'],
  ]);
  // A number of its own must not be longer than all numbers are.
  await updateAccountingSettings(ctx, { accountLength: 6, accounts: [{ ...bank, number: '120000' }] });
  expect(await fieldsOf({ accountLength: 4 })).toEqual(['accounts.0.number']);
  expect(
    await fieldsOf({ consultantNumber: 1000, clientNumber: 100_000, fiscalYearMonth: 13, accountLength: 9 }),
  ).toEqual(['consultantNumber', 'clientNumber', 'fiscalYearMonth', 'accountLength']);
});
