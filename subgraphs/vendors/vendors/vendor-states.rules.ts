/** The states of a vendor and the actions that each permits, as a table. */
import { PosProError } from '#kernel/errors';
import type { VendorStatus } from '../inputs.generated';

/** An action that a person takes on a vendor. */
export type VendorAction = 'review' | 'approve' | 'suspend' | 'close';

interface Transition {
  readonly from: readonly VendorStatus[];
  readonly to: VendorStatus;
  /** The action in the words of an error message: "cannot be approved". */
  readonly passive: string;
}

/** All transitions. A transition that is not here is illegal. */
export const TRANSITIONS: Readonly<Record<VendorAction, Transition>> = {
  review: { from: ['applied', 'approved', 'suspended'], to: 'under_review', passive: 'reviewed' },
  approve: { from: ['applied', 'under_review', 'suspended'], to: 'approved', passive: 'approved' },
  suspend: { from: ['applied', 'under_review', 'approved'], to: 'suspended', passive: 'suspended' },
  close: { from: ['applied', 'under_review', 'approved', 'suspended'], to: 'closed', passive: 'closed' },
};

/** The actions that a state permits, in the order of the table. */
export function actionsIn(status: VendorStatus): VendorAction[] {
  const actions = Object.keys(TRANSITIONS) as VendorAction[];
  return actions.filter((action) => TRANSITIONS[action].from.includes(status));
}

/**
 * The state after an action.
 * @throws PosProError 409 ILLEGAL_STATE with the present state and the actions that it permits.
 */
export function nextStatus(
  vendor: { name: string; status: VendorStatus },
  action: VendorAction,
): VendorStatus {
  const { from, to, passive } = TRANSITIONS[action];
  if (from.includes(vendor.status)) return to;
  const state = vendor.status.replace('_', ' ');
  throw new PosProError('ILLEGAL_STATE', `"${vendor.name}" is ${state} and cannot be ${passive}.`, {
    details: { status: vendor.status, allowed: actionsIn(vendor.status) },
  });
}

/**
 * The state after a change of the bank account: money of an approved vendor must not go to an account that no person has looked at, since
 * a stolen mailbox is enough to ask for such a change.
 */
export function statusAfterBankChange(status: VendorStatus): VendorStatus {
  return status === 'approved' ? 'under_review' : status;
}
