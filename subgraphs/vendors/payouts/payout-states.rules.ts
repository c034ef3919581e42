/** The states of a payout and the steps that each permits, as a table. */
import { PosProError } from '#kernel/errors';
import type { VendorPayoutStatus } from '../inputs.generated';

/** From each status to the next ones. A bank can return money that had arrived; a returned payout stays returned, and its amount is paid by another one. */
const STEPS: Readonly<Record<VendorPayoutStatus, readonly VendorPayoutStatus[]>> = {
  pending: ['sent', 'paid', 'returned'],
  sent: ['paid', 'returned'],
  paid: ['returned'],
  returned: [],
};

/** @throws PosProError 409 ILLEGAL_STATE with the present status and the ones that may follow. */
export function assertStep(
  { number, status }: { number: string; status: VendorPayoutStatus },
  next: VendorPayoutStatus,
): void {
  const allowed = STEPS[status];
  if (allowed.includes(next)) return;
  throw new PosProError('ILLEGAL_STATE', `Payout ${number} is ${status} and cannot become ${next}.`, {
    details: { status, allowed: [...allowed] },
  });
}
