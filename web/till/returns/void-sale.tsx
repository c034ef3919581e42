import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { VoidTheSaleDocument } from '../operations.generated';
import { ManagerDialog } from '../parts/manager-dialog';
import { useAction } from '../parts/use-action';
import { useTill } from '../till-context';
import type { ReturnItemsProps } from './return-items';

/** A cashier returns a whole sale of the open session, with a manager's approval. */
export function VoidSale({ till, sale, onReturned }: ReturnItemsProps) {
  const { api, formats } = useTill();
  const [reason, setReason] = useState('');
  const [asking, setAsking] = useState(false);
  const [clientReference] = useState(() => crypto.randomUUID());
  const post = useAction(async (token: string) => {
    const input = { reason, approvalTokens: [token], clientReference };
    onReturned((await api.mutate(VoidTheSaleDocument, { id: sale.id, input })).voidOrder);
  });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        setAsking(true);
      }}
    >
      <ul>
        {sale.items.map(({ id, name, quantity, total }) => (
          <li key={id}>
            {formats.quantity(quantity)} × {name}, {formats.money(total)}
          </li>
        ))}
      </ul>
      <p>The whole sale is returned. A manager has to approve it.</p>
      <Field label="Reason" required maxLength={500} autocomplete="off" value={reason} onValue={setReason} />
      {post.problem !== undefined && <Notice kind="error">{post.problem}</Notice>}
      <Button type="submit" kind="primary" busy={post.busy}>
        Return the whole sale
      </Button>
      <ManagerDialog
        title="Approve the return"
        kind={asking ? 'void' : undefined}
        registerId={till.registerId}
        onClose={() => setAsking(false)}
        onApproved={({ token }) => {
          setAsking(false);
          post.run(token);
        }}
      />
    </form>
  );
}
