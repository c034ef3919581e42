import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import type { SoldOrderFragment } from '../operations.generated';
import { useAction } from '../parts/use-action';
import { useScanner } from '../parts/use-keys';
import type { OpenTill } from '../shop';
import { useMay, useOnline, useTill } from '../till-context';
import { findSale } from './find-sale';
import { ReturnItems } from './return-items';
import { ReturnedNotice, type ReturnedOrder } from './returned-notice';
import { VoidSale } from './void-sale';

/** Returns goods of a sale, found by its number or by a scan of its receipt. */
export function ReturnScreen({ till }: { till: OpenTill }) {
  const { api } = useTill();
  const online = useOnline();
  const [text, setText] = useState('');
  const [sale, setSale] = useState<SoldOrderFragment>();
  const [returned, setReturned] = useState<ReturnedOrder>();
  const find = useAction(async (wanted: string) => {
    setReturned(undefined);
    const found = await findSale(api, wanted);
    setSale(found);
    if (!found) find.setProblem(`There is no sale with the number "${wanted}".`);
  });
  useScanner((code) => {
    setText(code);
    find.run(code);
  });
  const done = (order: ReturnedOrder) => {
    setSale(undefined);
    setText('');
    setReturned(order);
  };
  return (
    <main class="screen">
      <h2>Return</h2>
      {!online && <Notice kind="warning">Returns need a connection.</Notice>}
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          find.run(text);
        }}
      >
        <Field
          label="Number of the sale or of the receipt"
          hint="Or scan the code of the receipt."
          autofocus
          autocomplete="off"
          required
          value={text}
          onValue={setText}
        />
        <Button type="submit" kind="primary" busy={find.busy} disabled={!online}>
          Find sale
        </Button>
      </form>
      {find.problem !== undefined && <Notice kind="error">{find.problem}</Notice>}
      {returned && <ReturnedNotice order={returned} till={till} />}
      {sale && <FoundSale key={sale.id} till={till} sale={sale} onReturned={done} />}
    </main>
  );
}

interface FoundSaleProps {
  readonly till: OpenTill;
  readonly sale: SoldOrderFragment;
  readonly onReturned: (order: ReturnedOrder) => void;
}

function FoundSale({ till, sale, onReturned }: FoundSaleProps) {
  const { formats } = useTill();
  const mayRefund = useMay('orders:refund');
  const inThisSession = sale.registerSessionId === till.sessionId;
  return (
    <section class="panel" aria-label={`Sale ${sale.number}`}>
      <h3>
        Sale {sale.number}, {formats.money(sale.total)}
      </h3>
      <p class="quiet">{formats.time(sale.createdAt)}</p>
      {mayRefund && <ReturnItems till={till} sale={sale} onReturned={onReturned} />}
      {!mayRefund && inThisSession && <VoidSale till={till} sale={sale} onReturned={onReturned} />}
      {!mayRefund && !inThisSession && (
        <Notice kind="warning">A manager returns goods of an earlier session: sign in as a manager.</Notice>
      )}
    </section>
  );
}
