import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { PrintTextReceiptDocument } from '../operations.generated';
import { Paper } from '../parts/paper';
import { useAction } from '../parts/use-action';
import type { OpenTill } from '../shop';
import { useTill } from '../till-context';

/** A return that was posted. */
export interface ReturnedOrder {
  readonly id: string;
  readonly number: string;
  /** Negative. */
  readonly total: string;
}

/** The refund to hand over, and the receipt of the return. */
export function ReturnedNotice({ order, till }: { order: ReturnedOrder; till: OpenTill }) {
  const { api, formats } = useTill();
  const [text, setText] = useState<string>();
  const receipt = useAction(async () => {
    setText((await api.mutate(PrintTextReceiptDocument, { orderId: order.id })).printReceipt.content);
  });
  return (
    <>
      <Notice>
        Return {order.number}: refund {formats.money(order.total.replace('-', ''))}.
      </Notice>
      {receipt.problem !== undefined && <Notice kind="error">{receipt.problem}</Notice>}
      {text === undefined ? (
        <Button busy={receipt.busy} onClick={() => receipt.run()}>
          Show receipt
        </Button>
      ) : (
        <>
          <Button onClick={() => print()}>Print receipt</Button>
          <Paper title="Receipt" text={text} width={till.paperWidth} />
        </>
      )}
    </>
  );
}
