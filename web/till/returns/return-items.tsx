import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { Decimal } from '../core/money';
import {
  RefundOfItemsDocument,
  ReturnSoldItemsDocument,
  type RefundOfItemsQuery,
  type SoldOrderFragment,
} from '../operations.generated';
import { messageOf, useAction } from '../parts/use-action';
import type { OpenTill } from '../shop';
import { useTill } from '../till-context';
import type { ReturnedOrder } from './returned-notice';

export interface ReturnItemsProps {
  readonly till: OpenTill;
  readonly sale: SoldOrderFragment;
  readonly onReturned: (order: ReturnedOrder) => void;
}

/** Chooses the goods that come back, shows the refund, and posts it. */
export function ReturnItems({ till, sale, onReturned }: ReturnItemsProps) {
  const { api, formats } = useTill();
  const [quantities, setQuantities] = useState<Readonly<Record<string, string>>>({});
  const [reason, setReason] = useState('');
  const [restock, setRestock] = useState(true);
  // A second attempt after a lost answer must not return the goods twice.
  const [clientReference] = useState(() => crypto.randomUUID());
  const items = chosenItems(sale, quantities);
  const { preview, problem } = useRefund(sale.id, items);
  const post = useAction(async () => {
    const input = { items, reason, restock, registerId: till.registerId, clientReference };
    onReturned((await api.mutate(ReturnSoldItemsDocument, { id: sale.id, input })).partiallyRefundOrder);
  });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (preview) post.run();
      }}
    >
      {sale.items.map((item) => {
        const left = remaining(item);
        return (
          <Field
            key={item.id}
            label={`${item.name}: quantity to return, of ${formats.quantity(left.toFixed())} ${item.unit}`}
            inputMode="decimal"
            autocomplete="off"
            disabled={left.isZero()}
            value={quantities[item.id] ?? ''}
            onValue={(value) => setQuantities({ ...quantities, [item.id]: value })}
          />
        );
      })}
      <Field label="Reason" required maxLength={500} autocomplete="off" value={reason} onValue={setReason} />
      <label class="check">
        <input
          type="checkbox"
          checked={restock}
          onChange={({ currentTarget }) => setRestock(currentTarget.checked)}
        />
        Put the goods back into stock
      </label>
      {preview && (
        <Notice>
          Refund: {formats.money(preview.total)} (
          {preview.payments.map(({ method, amount }) => `${method} ${formats.money(amount)}`).join(', ')})
        </Notice>
      )}
      {(post.problem ?? problem) !== undefined && <Notice kind="error">{post.problem ?? problem}</Notice>}
      <Button type="submit" kind="primary" disabled={!preview} busy={post.busy}>
        Return goods
      </Button>
    </form>
  );
}

type SoldItem = SoldOrderFragment['items'][number];

const remaining = ({ quantity, returnedQuantity }: SoldItem) => new Decimal(quantity).minus(returnedQuantity);

/** The items with a quantity, as they were typed; the server checks them. */
function chosenItems({ items }: SoldOrderFragment, quantities: Readonly<Record<string, string>>) {
  return items.flatMap((item) => {
    const quantity = (quantities[item.id] ?? '').trim().replace(',', '.');
    return /^\d+(\.\d+)?$/.test(quantity) ? [{ itemId: item.id, quantity }] : [];
  });
}

/** The refund of the items, a moment after they have stopped changing; undefined for none. */
function useRefund(id: string, items: readonly { itemId: string; quantity: string }[]) {
  const { api } = useTill();
  const [preview, setPreview] = useState<RefundOfItemsQuery['previewRefund']>();
  const [problem, setProblem] = useState<string>();
  const chosen = JSON.stringify(items);
  useEffect(() => {
    setPreview(undefined);
    setProblem(undefined);
    if (chosen === '[]') return;
    let outdated = false;
    const timer = setTimeout(() => {
      const input = { items: JSON.parse(chosen) as { itemId: string; quantity: string }[] };
      api.query(RefundOfItemsDocument, { id, input }).then(
        ({ previewRefund }) => !outdated && setPreview(previewRefund),
        (error: unknown) => !outdated && setProblem(messageOf(error)),
      );
    }, 200);
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [api, id, chosen]);
  return { preview, problem };
}
