/** Runs of payouts. A run keeps everything that the bank's file says about the shop, so that the file is the same for ever. */
import { businessDay } from '#kernel/business-day.rules';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import { payerAccount, type StoredVendorSettings } from '../settings/vendor-settings';
import { vendorPayoutRuns, type VendorPayoutRunRow } from '../tables.generated';
import type { TransferParty } from './credit-transfer.rules';

/** The facts about the shop that a run keeps. */
export interface RunShop {
  readonly name: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly settings: StoredVendorSettings;
}

/** The part of a statement that writes a run, `run as (…)`. */
export function runPart(
  { organizationId, now: createdAt }: Transaction,
  { id, until }: Pick<VendorPayoutRunRow, 'id' | 'until'>,
  { name: shopName, timeZone, currency, settings }: RunShop,
): Sql {
  const { accountHolder: payerHolder, iban: payerIban, bic: payerBic } = payerAccount(settings);
  const payer = { payerHolder, payerIban, payerBic, shopName };
  const run = vendorPayoutRuns.complete({
    ...{ id, organizationId, until, currency, createdAt },
    ...payer,
    executionDate: businessDay(createdAt, timeZone),
  });
  return sql`run as (${vendorPayoutRuns.insert(run)})`;
}

/** The account from which a run is paid. @throws PosProError 409 ILLEGAL_STATE without one. */
export function payerOfRun({ payerHolder, payerIban, payerBic }: VendorPayoutRunRow): TransferParty {
  if (payerHolder === null || payerIban === null)
    throw new PosProError(
      'ILLEGAL_STATE',
      'There is no account to pay from. Set payer_account with PUT /vendor-settings.',
    );
  return { accountHolder: payerHolder, iban: payerIban, bic: payerBic };
}
