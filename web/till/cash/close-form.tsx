import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { isUnanswered } from '../core/offline-queue';
import { moneyText, parseAmount } from '../core/money';
import { CloseTheRegisterDocument, type ReportTotalsFragment } from '../operations.generated';
import { useAction } from '../parts/use-action';
import type { OpenTill } from '../shop';
import { useOnline, useQueue, useTill } from '../till-context';

export interface CloseFormProps {
  readonly till: OpenTill;
  readonly onClosed: (report: ReportTotalsFragment) => void;
}

/** Closes the register with the counted cash. Offline sales are sent first, so that they belong to this session. */
export function CloseForm({ till, onClosed }: CloseFormProps) {
  const { api } = useTill();
  const online = useOnline();
  const waiting = useQueue().filter(isUnanswered).length;
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const counted = parseAmount(text, till.terms.places);
  const close = useAction(async () => {
    if (!counted) return;
    const input = {
      registerId: till.registerId,
      countedCash: moneyText(till.terms, counted),
      ...(note === '' ? {} : { note }),
    };
    onClosed((await api.mutate(CloseTheRegisterDocument, { input })).closeRegister);
  });
  return (
    <section class="panel" aria-label="Close the register">
      <h3>Close the register</h3>
      {waiting > 0 && (
        <Notice kind="warning">
          {waiting} offline {waiting === 1 ? 'sale waits' : 'sales wait'} to be sent. Close when they are
          posted.
        </Notice>
      )}
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          close.run();
        }}
      >
        <Field
          label={`Counted cash, ${till.terms.currency}`}
          hint="All notes and coins in the drawer."
          inputMode="decimal"
          autocomplete="off"
          required
          value={text}
          onValue={setText}
          error={text === '' || counted ? undefined : 'This is not an amount.'}
        />
        <Field
          label="Note"
          hint="Optional."
          maxLength={500}
          autocomplete="off"
          value={note}
          onValue={setNote}
        />
        {close.problem !== undefined && <Notice kind="error">{close.problem}</Notice>}
        <Button type="submit" kind="danger" disabled={!online || !counted || waiting > 0} busy={close.busy}>
          Close {till.name}
        </Button>
      </form>
    </section>
  );
}
