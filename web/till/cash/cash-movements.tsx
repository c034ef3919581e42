import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { moneyText, parseAmount } from '../core/money';
import {
  CashMovementsDocument,
  PayInDocument,
  PayOutDocument,
  type CashMovementsQuery,
} from '../operations.generated';
import { useAction } from '../parts/use-action';
import type { OpenTill } from '../shop';
import { useOnline, useTill } from '../till-context';

type Movement = CashMovementsQuery['cashMovements']['items'][number];

/** Puts cash into the drawer and takes it out, without a sale. */
export function CashMovements({ till }: { till: OpenTill }) {
  const { api, formats } = useTill();
  const online = useOnline();
  const [amountText, setAmountText] = useState('');
  const [reason, setReason] = useState('');
  const [movements, setMovements] = useState<readonly Movement[]>([]);
  const amount = parseAmount(amountText, till.terms.places);
  const list = useAction(async () => {
    const variables = { registerSessionId: till.sessionId };
    setMovements((await api.query(CashMovementsDocument, variables)).cashMovements.items);
  });
  useEffect(() => {
    if (online) list.run();
    // Anew for each connection; the action itself is new with each rendering.
  }, [online]);
  const move = useAction(async (document: typeof PayInDocument | typeof PayOutDocument) => {
    if (!amount) return;
    const input = { registerId: till.registerId, amount: moneyText(till.terms, amount), reason };
    if (document === PayInDocument) await api.mutate(PayInDocument, { input });
    else await api.mutate(PayOutDocument, { input });
    setAmountText('');
    setReason('');
    list.run();
  });
  const ready = online && amount?.greaterThan(0) === true && reason.trim() !== '';
  return (
    <section class="panel" aria-label="Cash movements">
      <h3>Cash in and out</h3>
      <form class="form" onSubmit={(event) => event.preventDefault()}>
        <Field
          label={`Amount, ${till.terms.currency}`}
          inputMode="decimal"
          autocomplete="off"
          value={amountText}
          onValue={setAmountText}
          error={amountText === '' || amount ? undefined : 'This is not an amount.'}
        />
        <Field label="Reason" maxLength={500} autocomplete="off" value={reason} onValue={setReason} />
        {[move.problem, list.problem].map((problem) => problem && <Notice kind="error">{problem}</Notice>)}
        <div class="actions">
          <Button disabled={!ready} busy={move.busy} onClick={() => move.run(PayInDocument)}>
            Cash in
          </Button>
          <Button disabled={!ready} busy={move.busy} onClick={() => move.run(PayOutDocument)}>
            Cash out
          </Button>
        </div>
      </form>
      <ul class="movements" aria-label="Cash movements of this session">
        {movements.map(({ id, kind, amount: moved, reason: why, createdAt }) => (
          <li key={id}>
            {formats.time(createdAt)} {kind === 'cash_in' ? 'in' : 'out'} {formats.money(moved)}, {why}
          </li>
        ))}
      </ul>
    </section>
  );
}
