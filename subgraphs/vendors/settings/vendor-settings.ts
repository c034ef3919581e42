/** Settings of the payouts to vendors. */
import { withoutNull } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { ZERO } from '#kernel/decimal';
import { amountErrors, throwFieldErrors } from '#kernel/validation';
import { currencyOf, organizationSettings, type SettingsOf } from '#subgraphs/auth/index';
import type { VendorSettingsInput } from '../inputs.generated';
import { vendorSettings as table, type VendorSettingsRow } from '../tables.generated';
import {
  checkedAccount,
  maskedAccount,
  type MaskedAccount,
  type StoredAccount,
} from '../vendors/bank-account.rules';

/** The settings as they are stored. */
export type StoredVendorSettings = SettingsOf<VendorSettingsRow>;

/** The settings as they are shown: without the whole number of the account. */
export type VendorSettings = Pick<StoredVendorSettings, 'minimumPayout' | 'updatedAt' | 'version'> & {
  payerAccount: MaskedAccount | null;
};

/** The settings of an organization that never changed them. */
export const VENDOR_DEFAULTS: StoredVendorSettings = {
  payerHolder: null,
  payerIban: null,
  payerBic: null,
  minimumPayout: ZERO,
  updatedAt: null,
  version: 0,
};

const SETTINGS = organizationSettings({ title: 'vendor settings', table, defaults: VENDOR_DEFAULTS });

/** The settings of the caller's organization. */
export const vendorSettings = SETTINGS.read;

/** The account from which vendors are paid. */
export function payerAccount({
  payerHolder,
  payerIban,
  payerBic,
}: Pick<StoredVendorSettings, 'payerHolder' | 'payerIban' | 'payerBic'>): StoredAccount {
  return { accountHolder: payerHolder, iban: payerIban, bic: payerBic };
}

export function shownVendorSettings(settings: StoredVendorSettings): VendorSettings {
  const { minimumPayout, updatedAt, version } = settings;
  return { payerAccount: maskedAccount(payerAccount(settings)), minimumPayout, updatedAt, version };
}

/** Changes the settings; omitted ones do not change. @throws PosProError 422 by field; 409 or 412 for another version. */
export async function updateVendorSettings(
  ctx: RequestContext,
  { version, payerAccount: payer, minimumPayout }: VendorSettingsInput,
): Promise<VendorSettings> {
  const given = payer ? checkedAccount(payer, 'payerAccount') : undefined;
  throwFieldErrors([
    ...(given?.errors ?? []),
    ...(minimumPayout == null
      ? []
      : amountErrors('minimumPayout', minimumPayout, await currencyOf(ctx), 'not_negative')),
  ]);
  const stored = await SETTINGS.update(ctx, version, async (_, tx) => {
    if (given) await enterPayer(tx, given.account);
    const account = payer === undefined ? {} : storedPayer(given?.account);
    return { ...account, ...withoutNull({ minimumPayout }) };
  });
  return shownVendorSettings(stored);
}

/** Runs that were made before there was an account to pay from get the first one; the account of a run never changes. */
async function enterPayer(tx: Transaction, { accountHolder, iban, bic }: StoredAccount): Promise<void> {
  await tx.run(sql`
    update vendor_payout_runs set payer_holder = ${accountHolder}, payer_iban = ${iban}, payer_bic = ${bic}
    where organization_id = ${tx.organizationId}::uuid and payer_iban is null`);
}

function storedPayer(account: StoredAccount | undefined) {
  return {
    payerHolder: account?.accountHolder ?? null,
    payerIban: account?.iban ?? null,
    payerBic: account?.bic ?? null,
  };
}
