/** Settings of the payouts to vendors. */
import { withoutNull } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { inputText } from '#kernel/db/idempotency';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { ZERO } from '#kernel/decimal';
import { amountErrors, throwFieldErrors } from '#kernel/validation';
import { currencyOf, lockOrganization } from '#subgraphs/auth/index';
import type { VendorSettingsInput } from '../inputs.generated';
import { vendorSettings as settingsTable, type VendorSettingsRow } from '../tables.generated';
import {
  checkedAccount,
  maskedAccount,
  type MaskedAccount,
  type StoredAccount,
} from '../vendors/bank-account.rules';

/** The settings as they are stored; version 0 for those that were never changed. */
export type StoredVendorSettings = Omit<VendorSettingsRow, 'organizationId' | 'updatedAt'> & {
  /** Null for settings that were never changed. */
  updatedAt: Date | null;
};

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

const SETTINGS = settingsTable.omit('organizationId');
const UPDATED = settingsTable.omit('organizationId', 'version');

/** The settings of the caller's organization. */
export async function vendorSettings(db: Queryable): Promise<StoredVendorSettings> {
  const stored = await db.maybeOne<StoredVendorSettings>(
    sql`select ${SETTINGS.select('s')} from vendor_settings s`,
  );
  return stored ?? VENDOR_DEFAULTS;
}

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
  return transact(ctx, async (tx) => {
    // The settings may have no row yet that could be locked.
    await lockOrganization(tx);
    const before = await vendorSettings(tx);
    assertVersion(tx, 'vendor settings', before, version);
    const account = payer === undefined ? {} : storedPayer(given?.account);
    const after = { ...before, ...account, ...withoutNull({ minimumPayout }) };
    if (given) await enterPayer(tx, given.account);
    if (inputText(after) === inputText(before)) return shownVendorSettings(before);
    const values = { ...after, organizationId: tx.organizationId, updatedAt: tx.now, version: 1 };
    return shownVendorSettings(
      await tx.one<StoredVendorSettings>(sql`
        ${settingsTable.insert(values)} on conflict (organization_id) do update set ${UPDATED.excluded}
        returning ${SETTINGS.select('vendor_settings')}`),
    );
  });
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
