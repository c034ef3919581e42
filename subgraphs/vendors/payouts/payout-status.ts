/** The steps of a payout after it was made. */
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { lockVersion } from '#kernel/db/versions';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { UpdateVendorPayoutStatusInput } from '../inputs.generated';
import { lockVendors, postEntries } from '../ledger/vendor-ledger';
import { vendorPayouts, type VendorPayoutRow } from '../tables.generated';
import { emitPayoutChanged } from './pay-vendors';
import { assertStep } from './payout-states.rules';
import { requirePayout } from './payouts.queries';

/**
 * Records what the bank did. A returned payout posts its amount to the ledger again, by an entry of its own that the next payout claims: what
 * the statement of this one says stays true. Emits "vendor_payout.changed", for a returned one "vendor_balance.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE for a step that the status does not permit, CONFLICT for another version; 422 by field.
 */
export async function updateVendorPayoutStatus(
  ctx: RequestContext,
  id: string,
  { status, reason, version }: UpdateVendorPayoutStatusInput,
): Promise<VendorPayoutRow> {
  throwFieldErrors(textErrors('reason', reason, { max: 500 }));
  return transact(ctx, async (tx) => {
    // The vendor first, as a run locks it before its payouts.
    const { vendorId } = await requirePayout(tx, id);
    const vendors = await lockVendors(tx, [vendorId]);
    const before = await lockVersion(tx, vendorPayouts, 'payout', { id, version });
    assertStep(before, status);
    const payout = await tx.one<VendorPayoutRow>(sql`
      update vendor_payouts p set status = ${status}, status_reason = ${emptyToNull(reason)}, updated_at = ${tx.now}
      where p.id = ${before.id} returning ${vendorPayouts.select('p')}`);
    if (status === 'returned')
      await postEntries(tx, ctx, vendors, [
        { vendorId, kind: 'payout_return', amount: payout.amount, returnedId: payout.id },
      ]);
    emitPayoutChanged(tx, payout);
    return payout;
  });
}
