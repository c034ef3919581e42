import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import {
  DiscardTheBasketDocument,
  ParkedBasketsDocument,
  RecallTheBasketDocument,
  type ParkedBasketsQuery,
} from '../operations.generated';
import { useAction } from '../parts/use-action';
import type { BasketState } from '../sale/use-basket';
import type { OpenTill } from '../shop';
import { useOnline, useTill } from '../till-context';
import { toBasket } from './recalled-basket';

type ParkedRow = ParkedBasketsQuery['parkedBaskets']['items'][number];

export type ParkedScreenProps = BasketState & {
  readonly till: OpenTill;
  readonly onRecalled: () => void;
};

/** The baskets that are parked at the branch. */
export function ParkedScreen({ till, basket, change, onRecalled }: ParkedScreenProps) {
  const { api, formats } = useTill();
  const online = useOnline();
  const [rows, setRows] = useState<readonly ParkedRow[]>();
  const list = useAction(async () => {
    setRows((await api.query(ParkedBasketsDocument, { branchId: till.branchId })).parkedBaskets.items);
  });
  useEffect(() => {
    if (online) list.run();
    // Anew for each connection; the action itself is new with each rendering.
  }, [online]);
  const recall = useAction(async (id: string) => {
    const { recallBasket: parked } = await api.mutate(RecallTheBasketDocument, { id });
    const recalled = await toBasket(api, parked);
    change(() => recalled);
    onRecalled();
  });
  const discard = useAction(async (id: string) => {
    await api.mutate(DiscardTheBasketDocument, { id });
    setRows((before) => before?.filter((row) => row.id !== id));
  });
  const inUse = basket.lines.length > 0;
  return (
    <main class="screen">
      <h2>Parked baskets</h2>
      {!online && <Notice kind="warning">Parked baskets need a connection.</Notice>}
      {inUse && <Notice>Sell, park or clear the basket of this till before you recall another.</Notice>}
      {[list, recall, discard].map(({ problem }) => problem && <Notice kind="error">{problem}</Notice>)}
      {rows?.length === 0 && <p class="empty">No basket is parked.</p>}
      <ul class="cards">
        {rows?.map((row) => (
          <li key={row.id} class="card">
            <h3>{row.label ?? 'Without a label'}</h3>
            <p>
              {formats.number(row.itemsCount)} {row.itemsCount === 1 ? 'line' : 'lines'},{' '}
              {formats.money(row.total)}
            </p>
            <p class="quiet">
              {formats.time(row.parkedAt)}
              {row.parkedBy && `, ${row.parkedBy.name}`}
            </p>
            <div class="actions">
              <Button
                kind="primary"
                disabled={inUse || !online}
                busy={recall.busy}
                aria-label={`Recall ${row.label ?? 'basket'}`}
                onClick={() => recall.run(row.id)}
              >
                Recall
              </Button>
              <Button
                kind="danger"
                disabled={!online}
                busy={discard.busy}
                aria-label={`Discard ${row.label ?? 'basket'}`}
                onClick={() => discard.run(row.id)}
              >
                Discard
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </main>
  );
}
