/** The numbers of the journal's accounts: those of the chart, and those that the organization has entered. Pure. */
import type { Decimal } from '#kernel/decimal';
import { invariant, type FieldError } from '#kernel/errors';
import type { AccountChart, AccountNumberInput } from '../../inputs.generated';
import { chartAccounts, type StoredAccount } from './charts.rules';

/** The settings from which numbers follow. */
export interface NumberSettings {
  readonly chart: AccountChart;
  /** Accounts that differ from those of the chart. */
  readonly accounts: readonly StoredAccount[];
  /** Number of digits. */
  readonly accountLength: number;
}

const MAX_ACCOUNTS = 200;
const DATEV_KEY = /^\d{1,4}$/;

const keyOf = ({ account, taxRate }: Pick<StoredAccount, 'account' | 'taxRate'>) =>
  `${account} ${taxRate ?? ''}`;

/**
 * All accounts with their present numbers: those of the chart, with the length of the organization's numbers, replaced and completed by its
 * own. A number of its own for all rates replaces those of the chart for single rates, too.
 */
export function presentAccounts({ chart, accounts, accountLength }: NumberSettings): StoredAccount[] {
  const own = new Map(accounts.map((account) => [keyOf(account), account]));
  const ofAllRates = new Set(
    accounts.filter(({ taxRate }) => taxRate === null).map(({ account }) => account),
  );
  const fromChart = chartAccounts(chart)
    .filter((account) => !own.has(keyOf(account)) && !ofAllRates.has(account.account))
    .map((account) => ({ ...account, number: account.number.padEnd(accountLength, '0') }));
  return [...fromChart, ...accounts].sort(
    (a, b) => compare(a.account, b.account) || Number(a.taxRate ?? -1) - Number(b.taxRate ?? -1),
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Finds the account of a posting by its role and its tax rate: the one for the rate, or else the one for all rates. */
export function accountFinder(
  settings: NumberSettings,
): (account: StoredAccount['account'], taxRate: Decimal | null) => StoredAccount {
  const known = new Map(presentAccounts(settings).map((account) => [keyOf(account), account]));
  return (account, taxRate) => {
    const ofRate = taxRate && known.get(keyOf({ account, taxRate: taxRate.toFixed() }));
    const found = ofRate ?? known.get(keyOf({ account, taxRate: null }));
    invariant(found, `the account ${account} has no number`);
    return found;
  };
}

/** An account as it is stored. */
export function storedAccount({ account, taxRate, number, taxKey }: AccountNumberInput): StoredAccount {
  return { account, taxRate: taxRate?.toFixed() ?? null, number, taxKey: taxKey ?? null };
}

/** Errors of entered accounts, by field. @param accountLength of the organization's numbers. */
export function accountErrors(accounts: readonly AccountNumberInput[], accountLength: number): FieldError[] {
  if (accounts.length > MAX_ACCOUNTS)
    return [{ field: 'accounts', message: `At most ${MAX_ACCOUNTS} accounts.`, code: 'TOO_MANY' }];
  const seen = new Set<string>();
  return accounts.flatMap((account, index) => {
    const field = `accounts.${index}`;
    const key = keyOf(storedAccount(account));
    const twice = seen.has(key);
    seen.add(key);
    return [
      ...(twice
        ? [{ field, message: 'The account is named twice for the same tax rate.', code: 'DUPLICATE' }]
        : []),
      ...oneAccountErrors(field, account, accountLength),
    ];
  });
}

function oneAccountErrors(
  field: string,
  { taxRate, number, taxKey }: AccountNumberInput,
  accountLength: number,
): FieldError[] {
  const errors: FieldError[] = [];
  // An account that begins with zeros, "0420", has all digits of its length.
  if (!/^\d+$/.test(number) || number.length > accountLength || Number(number) === 0)
    errors.push({
      field: `${field}.number`,
      message: `Must be an account number of up to ${accountLength} digits.`,
      code: 'INVALID',
    });
  if (taxKey != null && !DATEV_KEY.test(taxKey))
    errors.push({ field: `${field}.taxKey`, message: 'Must have 1 to 4 digits.', code: 'INVALID' });
  if (taxRate != null && (taxRate.isNegative() || taxRate.greaterThan(100)))
    errors.push({ field: `${field}.taxRate`, message: 'Must be 0 to 100.', code: 'OUT_OF_RANGE' });
  return errors;
}
