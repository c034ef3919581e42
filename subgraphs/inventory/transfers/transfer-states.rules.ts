/** The states of a transfer and the actions that change them. */
import { PosProError } from '#kernel/errors';

/** `draft`: created; `sent`: on the way; `received`: counted on arrival; `cancelled`: never left. */
export type TransferStatus = 'draft' | 'sent' | 'received' | 'cancelled';

/** An action on a transfer. */
export type TransferAction = 'send' | 'receive' | 'cancel';

const STEPS: Readonly<Record<TransferStatus, Readonly<Partial<Record<TransferAction, TransferStatus>>>>> = {
  draft: { send: 'sent', cancel: 'cancelled' },
  // Goods on the way can only arrive: goods that come back are received where they were sent and are transferred once more.
  sent: { receive: 'received' },
  received: {},
  cancelled: {},
};

const DONE: Readonly<Record<TransferAction, string>> = {
  send: 'sent',
  receive: 'received',
  cancel: 'cancelled',
};

/** The state that an action leads to. @throws PosProError 409 ILLEGAL_STATE naming the present state. */
export function transferStep(status: TransferStatus, action: TransferAction): TransferStatus {
  const next = STEPS[status][action];
  if (next) return next;
  throw new PosProError('ILLEGAL_STATE', `The transfer is "${status}" and cannot be ${DONE[action]}.`, {
    details: { status, allowed: Object.keys(STEPS[status]) },
  });
}
