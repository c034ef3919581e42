import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Dialog } from '../../shared/ui/dialog';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { ApproveActionDocument, type ApprovalKind } from '../operations.generated';
import { useTill } from '../till-context';
import { useAction } from './use-action';

/** An approval as the server gave it. */
export interface GivenApproval {
  readonly token: string;
  /** The manager's name. */
  readonly approvedBy: string;
}

export interface ManagerDialogProps {
  readonly title: string;
  /** The action to approve; undefined while the dialog is closed. */
  readonly kind: ApprovalKind | undefined;
  readonly registerId: string;
  readonly onApproved: (approval: GivenApproval) => void;
  readonly onClose: () => void;
}

/** A manager approves one action of the cashier, with their own login. The cashier stays signed in. */
export function ManagerDialog({ title, kind, onClose, ...rest }: ManagerDialogProps) {
  return (
    <Dialog title={title} open={kind !== undefined} onClose={onClose}>
      {kind !== undefined && <ManagerForm kind={kind} onClose={onClose} {...rest} />}
    </Dialog>
  );
}

type ManagerFormProps = Omit<ManagerDialogProps, 'title' | 'kind'> & { readonly kind: ApprovalKind };

function ManagerForm({ kind, registerId, onApproved, onClose }: ManagerFormProps) {
  const { api } = useTill();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [otp, setOtp] = useState('');
  const [reason, setReason] = useState('');
  const approve = useAction(async () => {
    const input = {
      ...{ kind, registerId, email, password },
      ...(otp === '' ? {} : { otp }),
      ...(reason === '' ? {} : { reason }),
    };
    const { createApproval: given } = await api.mutate(ApproveActionDocument, { input });
    onApproved({ token: given.token, approvedBy: given.approvedBy.name });
  });
  return (
    <form
      class="form"
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        approve.run();
      }}
    >
      <Field
        label="Manager’s e-mail address"
        type="email"
        required
        autofocus
        value={email}
        onValue={setEmail}
      />
      <Field
        label="Manager’s password"
        type="password"
        autocomplete="off"
        required
        value={password}
        onValue={setPassword}
      />
      <Field
        label="One-time code"
        hint="Only with a second factor."
        inputMode="numeric"
        value={otp}
        onValue={setOtp}
      />
      <Field label="Reason" hint="Optional." maxLength={500} value={reason} onValue={setReason} />
      {approve.problem !== undefined && <Notice kind="error">{approve.problem}</Notice>}
      <div class="actions">
        <Button type="submit" kind="primary" busy={approve.busy}>
          Approve
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </form>
  );
}
