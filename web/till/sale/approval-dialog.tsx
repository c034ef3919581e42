import { approve, type BasketApproval } from '../core/basket';
import { ManagerDialog } from '../parts/manager-dialog';
import type { BasketState } from './use-basket';

export interface ApprovalDialogProps {
  /** The action to approve; undefined while the dialog is closed. */
  readonly kind: BasketApproval['kind'] | undefined;
  readonly registerId: string;
  readonly onChange: BasketState['change'];
  readonly onClose: () => void;
}

/** A manager approves a discount or a price of the basket. */
export function ApprovalDialog({ kind, registerId, onChange, onClose }: ApprovalDialogProps) {
  return (
    <ManagerDialog
      title={kind === 'price_override' ? 'Approve the price' : 'Approve the discount'}
      kind={kind}
      registerId={registerId}
      onClose={onClose}
      onApproved={({ token, approvedBy }) => {
        if (kind) onChange((basket) => approve(basket, { kind, token, approvedBy }));
        onClose();
      }}
    />
  );
}
