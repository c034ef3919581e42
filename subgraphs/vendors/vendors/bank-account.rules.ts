/** Bank accounts of vendors: IBAN (ISO 13616) and BIC (ISO 9362). */
import { electronicFormatIBAN, extractIBAN, isValidBIC, isValidIBAN } from 'ibantools';
import { cleanName, emptyToNull } from '#kernel/clean-text.rules';
import type { FieldError } from '#kernel/errors';
import { textErrors } from '#kernel/validation';
import type { BankAccountInput } from '../inputs.generated';
import type { VendorRow } from '../tables.generated';

/** An account as it is stored. */
export type StoredAccount = Pick<VendorRow, 'accountHolder' | 'iban' | 'bic'>;

export const NO_ACCOUNT: StoredAccount = { accountHolder: null, iban: null, bic: null };

/** An account as it is shown: never with its whole number. */
export interface MaskedAccount {
  readonly holder: string;
  /** "DE89 •••• 3000". */
  readonly iban: string;
  readonly bic: string | null;
  /** ISO 3166-1, two letters. */
  readonly country: string;
}

/**
 * The account in the input.
 * @param field the field of the input that has it.
 * @returns its errors by field as well; the account is complete only without any.
 */
export function checkedAccount(
  { holder, iban, bic }: BankAccountInput,
  field = 'bankAccount',
): {
  account: StoredAccount;
  errors: FieldError[];
} {
  const number = electronicFormatIBAN(iban) ?? '';
  const code = emptyToNull(bic?.replace(/\s/g, '').toUpperCase());
  const errors = textErrors(`${field}.holder`, holder, { min: 1, max: 70, lines: false });
  if (!isValidIBAN(number))
    errors.push({
      field: `${field}.iban`,
      message: 'Not a valid IBAN: check the country, the length and the check digits.',
      code: 'IBAN',
    });
  if (code !== null && !isValidBIC(code))
    errors.push({ field: `${field}.bic`, message: 'Not a valid BIC.', code: 'BIC' });
  return { account: { accountHolder: cleanName(holder), iban: number, bic: code }, errors };
}

/** Whether money would go elsewhere. */
export function isSameAccount(before: StoredAccount, after: StoredAccount): boolean {
  return (
    before.iban === after.iban && before.accountHolder === after.accountHolder && before.bic === after.bic
  );
}

/** The account as people and programs see it; null without one. */
export function maskedAccount({ accountHolder, iban, bic }: StoredAccount): MaskedAccount | null {
  if (iban === null || accountHolder === null) return null;
  return {
    holder: accountHolder,
    iban: `${iban.slice(0, 4)} •••• ${iban.slice(-4)}`,
    bic,
    country: extractIBAN(iban).countryCode ?? iban.slice(0, 2),
  };
}
