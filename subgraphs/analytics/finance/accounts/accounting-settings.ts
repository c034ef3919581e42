/** Settings of the accounting export: the accounts, and the numbers of the accountant's program. */
import { withoutNull } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { rangeErrors, throwFieldErrors } from '#kernel/validation';
import { organizationSettings, type SettingsOf } from '#subgraphs/auth/index';
import type { AccountingSettingsInput } from '../../inputs.generated';
import { accountingSettings as table, type AccountingSettingsRow } from '../../tables.generated';
import { accountErrors, presentAccounts, storedAccount } from './account-numbers.rules';
import type { StoredAccount } from './charts.rules';

/** The settings as they are stored. */
export type StoredAccountingSettings = SettingsOf<AccountingSettingsRow>;

/** An account as it is shown. */
export type AccountNumber = Omit<StoredAccount, 'taxRate'> & { readonly taxRate: Decimal | null };

/** The settings as they are shown, with all accounts. */
export type AccountingSettings = Omit<StoredAccountingSettings, 'accounts'> & {
  accounts: AccountNumber[];
  presentAccounts: AccountNumber[];
};

/** The settings of an organization that never changed them. */
export const ACCOUNTING_DEFAULTS: StoredAccountingSettings = {
  chart: 'skr03',
  accounts: [],
  consultantNumber: null,
  clientNumber: null,
  fiscalYearMonth: 1,
  accountLength: 4,
  updatedAt: null,
  version: 0,
};

const SETTINGS = organizationSettings({ title: 'accounting settings', table, defaults: ACCOUNTING_DEFAULTS });
const MAX_CONSULTANT = 9_999_999;
const MIN_CONSULTANT = 1_001;
const MAX_CLIENT = 99_999;
const MONTHS = 12;
const MIN_LENGTH = 4;
const MAX_LENGTH = 8;

/** The settings of the caller's organization. */
export const accountingSettings = SETTINGS.read;

export function shownAccountingSettings(settings: StoredAccountingSettings): AccountingSettings {
  const shown = ({ taxRate, ...account }: StoredAccount): AccountNumber => ({
    ...account,
    taxRate: taxRate === null ? null : new Decimal(taxRate),
  });
  return {
    ...settings,
    accounts: settings.accounts.map(shown),
    presentAccounts: presentAccounts(settings).map(shown),
  };
}

/** Changes the settings; omitted ones do not change. @throws PosProError 422 by field; 409 or 412 for another version. */
export async function updateAccountingSettings(
  ctx: RequestContext,
  { version, accounts, consultantNumber, clientNumber, ...input }: AccountingSettingsInput,
): Promise<AccountingSettings> {
  throwFieldErrors([
    ...rangeErrors('consultantNumber', consultantNumber ?? MIN_CONSULTANT, MIN_CONSULTANT, MAX_CONSULTANT),
    ...rangeErrors('clientNumber', clientNumber ?? 1, 1, MAX_CLIENT),
    ...rangeErrors('fiscalYearMonth', input.fiscalYearMonth ?? 1, 1, MONTHS),
    ...rangeErrors('accountLength', input.accountLength ?? MIN_LENGTH, MIN_LENGTH, MAX_LENGTH),
  ]);
  const stored = await SETTINGS.update(ctx, version, (before) => {
    const changes = { ...withoutNull(input), ...(accounts && { accounts: accounts.map(storedAccount) }) };
    const after = { ...before, ...changes };
    throwFieldErrors(accountErrors(shownAccountingSettings(after).accounts, after.accountLength));
    return { ...changes, consultantNumber, clientNumber };
  });
  return shownAccountingSettings(stored);
}
