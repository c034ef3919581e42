import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { FocusedHeading } from '../parts/focused-heading';
import { Paper } from '../parts/paper';
import { messageOf } from '../parts/use-action';
import { useFunctionKeys } from '../parts/use-keys';
import { PrintTextReceiptDocument, type SellBasketMutation } from '../operations.generated';
import { Unreachable } from '../till-api';
import { useTill } from '../till-context';
import type { CompletedSale } from './complete-sale';
import { offlineReceipt } from './offline-receipt';

export interface ReceiptScreenProps {
  readonly completed: CompletedSale;
  readonly onDone: () => void;
}

/** The receipt of a completed sale, with the change to return, and the next sale. */
export function ReceiptScreen({ completed, onDone }: ReceiptScreenProps) {
  const { formats } = useTill();
  const { text, problem } = useReceipt(completed);
  const { till, state } = completed.paid;
  const change = completed.kind === 'sold' ? completed.order.change : state.change.toFixed(till.terms.places);
  useFunctionKeys({ F4: onDone });
  return (
    <main class="receipt-screen">
      <section class="panel paying" aria-label="Sale completed">
        <FocusedHeading>
          {completed.kind === 'sold'
            ? `Sale ${completed.order.number}`
            : 'Sale stored on this device, waiting to be sent'}
        </FocusedHeading>
        <dl class="totals">
          <div class="grand">
            <dt>Change</dt>
            <dd data-testid="change">{formats.money(change)}</dd>
          </div>
        </dl>
        {completed.kind === 'sold' && <SoldGiftCards order={completed.order} />}
        {problem !== undefined && <Notice kind="error">{problem}</Notice>}
        <Button kind="primary" onClick={onDone} aria-keyshortcuts="F4">
          Next sale <kbd aria-hidden="true">F4</kbd>
        </Button>
        <Button disabled={text === undefined} onClick={() => print()}>
          Print receipt
        </Button>
      </section>
      {text !== undefined && <Paper title="Receipt" text={text} width={till.paperWidth} />}
    </main>
  );
}

/** The codes of the gift cards that were sold: no other answer of the server has them. */
function SoldGiftCards({ order }: { order: SellBasketMutation['checkout'] }) {
  const { formats } = useTill();
  if (!order.giftCards || order.giftCards.length === 0) return null;
  return (
    <Notice kind="warning">
      <p>Write the code on the card now. It cannot be read again.</p>
      <ul class="choices" aria-label="Sold gift cards">
        {order.giftCards.map(({ id, code, lastFour, balance }) => (
          <li key={id}>
            <strong class="code">{code ?? `**** ${lastFour}`}</strong> {formats.money(balance)}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** The text of the receipt: from the server, or the till's own for a sale that waits. */
function useReceipt(completed: CompletedSale) {
  const { api, shop, formats } = useTill();
  const [text, setText] = useState<string>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const own = () => setText(offlineReceipt(completed.paid, shop.me.organization.name, formats));
    if (completed.kind === 'stored') {
      own();
      return;
    }
    api.mutate(PrintTextReceiptDocument, { orderId: completed.order.id }).then(
      ({ printReceipt }) => setText(printReceipt.content),
      (error: unknown) => (error instanceof Unreachable ? own() : setProblem(messageOf(error))),
    );
  }, [api, completed, shop, formats]);
  return { text, problem };
}
