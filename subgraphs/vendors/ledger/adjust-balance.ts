/** Corrections of the amount that the shop owes a vendor, by hand. */
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { amountErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import type { AdjustVendorBalanceInput } from '../inputs.generated';
import type { VendorEntryRow } from '../tables.generated';
import { requireVendor } from '../vendors/vendors.queries';
import { lockVendors, postEntries } from './vendor-ledger';

const ZERO_AMOUNT = { field: 'amount', message: 'Must not be zero.', code: 'ZERO' };
const MAX_REASON = 200;

/**
 * Posts an entry of its own: nothing that was posted before changes. It waits for no hold, so the next payout has it. It is neither a sale
 * nor commission: the sales of the month and the earnings of orders stay as they are. Emits "vendor_balance.changed".
 * @throws PosProError 404; 422 by field.
 */
export async function adjustVendorBalance(
  ctx: RequestContext,
  id: string,
  input: AdjustVendorBalanceInput,
): Promise<VendorEntryRow> {
  const { id: vendorId, currency } = await requireVendor(ctx.db, id);
  const { amount, reason } = input;
  throwFieldErrors([
    ...(amount.isZero() ? [ZERO_AMOUNT] : amountErrors('amount', amount.abs(), currency, 'positive')),
    ...textErrors('reason', reason, { min: 1, max: MAX_REASON, lines: false }),
  ]);
  return transact(
    ctx,
    async (tx) => {
      const locked = await lockVendors(tx, [vendorId]);
      const entry = { vendorId, kind: 'adjustment', amount, reason: reason.trim() } as const;
      return (await postEntries(tx, ctx, locked, [entry]))[0]!;
    },
    { idempotent: { operation: 'adjustVendorBalance', input: { id, ...input } } },
  );
}
