import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { isUnanswered } from '../core/offline-queue';
import type { QueuedSale, SaleState } from '../core/offline-sale';
import { useAction } from '../parts/use-action';
import { useOnline, useQueue, useTill } from '../till-context';

const WORDS: Readonly<Record<SaleState, string>> = {
  queued: 'Waits for a connection',
  sending: 'Is being sent',
  accepted: 'Posted',
  conflict: 'Posted, with conflicts that a manager acknowledges',
  pending: 'Received; posted when the register opens',
  held: 'Received; a manager releases or rejects it',
  rejected: 'Rejected',
};

/** The sales that were made without a connection, and what the server says about each. */
export function QueueScreen() {
  const { queue } = useTill();
  const sales = useQueue();
  const online = useOnline();
  const send = useAction(async () => {
    const { failure } = await queue.replay();
    if (failure !== null) send.setProblem(failure);
  });
  const waiting = sales.filter(isUnanswered).length;
  const done = sales.filter(({ state }) => state === 'accepted' || state === 'pending');
  return (
    <main class="screen">
      <h2>Offline sales</h2>
      <p role="status">
        {waiting === 0
          ? 'No sale waits to be sent.'
          : `${waiting} ${waiting === 1 ? 'sale waits' : 'sales wait'} to be sent.`}
      </p>
      {send.problem !== undefined && <Notice kind="error">{send.problem}</Notice>}
      <div class="actions">
        <Button disabled={waiting === 0 || !online} busy={send.busy} onClick={() => send.run()}>
          Send now
        </Button>
        <Button
          disabled={done.length === 0}
          onClick={() => done.forEach(({ sale }) => void queue.dismiss(sale.clientReference))}
        >
          Remove posted sales
        </Button>
      </div>
      <ul class="cards">
        {sales.map((sale) => (
          <li key={sale.position} class="card">
            <SaleCard queued={sale} />
          </li>
        ))}
      </ul>
    </main>
  );
}

function SaleCard({ queued }: { queued: QueuedSale }) {
  const { queue, formats } = useTill();
  const { sale, state, itemsCount, orderNumber, conflicts, error } = queued;
  const name = orderNumber === null ? `Sale ${sale.clientReference.slice(0, 8)}` : `Sale ${orderNumber}`;
  const retry = useAction(async () => {
    await queue.retry(sale.clientReference);
    await queue.replay();
  });
  return (
    <>
      <h3>
        {name}, {formats.money(sale.total)}
      </h3>
      <p class="quiet">
        {formats.time(sale.createdAt)}, {itemsCount} {itemsCount === 1 ? 'line' : 'lines'}
      </p>
      <p class={`state state-${state}`}>{WORDS[state]}</p>
      {error !== null && <p class="error">{error}</p>}
      {conflicts.length > 0 && (
        <ul aria-label={`Conflicts of ${name}`}>
          {conflicts.map(({ code, message, difference }, index) => (
            <li key={index}>
              <code>{code}</code>: {message}
              {difference !== null && ` (${formats.money(difference)})`}
            </li>
          ))}
        </ul>
      )}
      {!isUnanswered(queued) && (
        <div class="actions">
          {state === 'rejected' && (
            <Button busy={retry.busy} aria-label={`Send again: ${name}`} onClick={() => retry.run()}>
              Send again
            </Button>
          )}
          <Button
            kind={state === 'rejected' ? 'danger' : 'plain'}
            aria-label={`${state === 'rejected' ? 'Give up' : 'Remove from the list'}: ${name}`}
            onClick={() => void queue.dismiss(sale.clientReference)}
          >
            {state === 'rejected' ? 'Give up' : 'Remove from the list'}
          </Button>
        </div>
      )}
    </>
  );
}
