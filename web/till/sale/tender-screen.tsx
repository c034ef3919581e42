import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import type { Basket } from '../core/basket';
import { Decimal, moneyText, parseAmount } from '../core/money';
import { cashSuggestions, tenderState, type Tender, type TenderState } from '../core/tenders';
import { useAction } from '../parts/use-action';
import { useFunctionKeys } from '../parts/use-keys';
import { STORED_VALUE, connectionNeeds } from '../core/connection-needs';
import type { OfferedMethod, OpenTill } from '../shop';
import { useOnline, useTill } from '../till-context';
import { completeSale, type CompletedSale } from './complete-sale';
import type { PricedBasket } from './price';
import { StoredValue } from './stored-value';

export interface TenderScreenProps {
  readonly till: OpenTill;
  readonly basket: Basket;
  readonly priced: PricedBasket;
  readonly onBack: () => void;
  readonly onCompleted: (sale: CompletedSale) => void;
}

/** The customer pays, with one tender or several. */
export function TenderScreen({ till, basket, priced, onBack, onCompleted }: TenderScreenProps) {
  const { api, queue, formats } = useTill();
  const online = useOnline();
  const [tenders, setTenders] = useState<readonly Tender[]>([]);
  const { terms, methods } = till;
  const total = new Decimal(priced.total);
  const unitPrices = priced.lines.map(({ unitPrice }) => unitPrice);
  const state = tenderState(terms, total, tenders);
  const complete = useAction(async () => {
    const paid = { till, basket, tenders, state, total, unitPrices };
    onCompleted(await completeSale({ api, queue }, paid, online));
  });
  const money = (amount: Decimal) => formats.money(moneyText(terms, amount));
  const onTender = (tender: Tender) => setTenders([...tenders, tender]);
  const finish = () => state.complete && complete.run();
  useFunctionKeys({ F4: finish });
  return (
    <main class="tender">
      <section class="panel" aria-label="Payment">
        <h2>Payment</h2>
        <ul class="tenders" aria-label="Tenders">
          {tenders.map((tender, index) => (
            <li key={index}>
              <span>
                {methods.find(({ method }) => method === tender.method)?.name}{' '}
                <span class="quiet">{tender.detail}</span>
              </span>
              <span class="numeric">{money(tender.amount)}</span>
              <Button
                kind="danger"
                aria-label={`Remove ${money(tender.amount)}`}
                onClick={() => setTenders(tenders.filter((_, at) => at !== index))}
              >
                ×
              </Button>
            </li>
          ))}
        </ul>
        {!state.complete && (
          <TenderForm key={tenders.length} {...{ till, state, onTender }}>
            <StoredValue {...{ till, basket, tenders, state, onTender }} />
          </TenderForm>
        )}
      </section>
      <section class="panel paying" aria-label="Amount due">
        <TenderTotals money={money} total={total} state={state} />
        {!online && <OfflineNotice needs={connectionNeeds(basket, tenders)} />}
        {complete.problem !== undefined && <Notice kind="error">{complete.problem}</Notice>}
        <Button
          kind="primary"
          disabled={!state.complete}
          busy={complete.busy}
          onClick={finish}
          aria-keyshortcuts="F4"
        >
          Complete sale <kbd aria-hidden="true">F4</kbd>
        </Button>
        <Button onClick={onBack} disabled={complete.busy}>
          Back to the basket
        </Button>
      </section>
    </main>
  );
}

/** What completing a sale does without a connection, or why it cannot be completed. */
function OfflineNotice({ needs }: { needs: readonly string[] }) {
  if (needs.length > 0) return <Notice kind="error">No connection. {needs.join(' ')}</Notice>;
  return <Notice kind="warning">No connection: the sale is stored on this device and sent later.</Notice>;
}

interface TenderTotalsProps {
  readonly money: (amount: Decimal) => string;
  readonly total: Decimal;
  readonly state: TenderState;
}

function TenderTotals({ money, total, state }: TenderTotalsProps) {
  return (
    <>
      <dl class="totals" aria-live="polite">
        <div>
          <dt>Total</dt>
          <dd>{money(total)}</dd>
        </div>
        {!state.rounding.isZero() && (
          <div>
            <dt>Cash rounding</dt>
            <dd>{money(state.rounding)}</dd>
          </div>
        )}
        <div>
          <dt>Paid</dt>
          <dd>{money(state.paid)}</dd>
        </div>
        <div class="grand">
          <dt>{state.complete ? 'Change' : 'Due'}</dt>
          <dd data-testid="due">{money(state.complete ? state.change : state.due)}</dd>
        </div>
      </dl>
      {state.overpaid.greaterThan(0) && (
        <Notice kind="error">
          The payments exceed the total by {money(state.overpaid)}. Change is given only for cash: remove a
          payment.
        </Notice>
      )}
    </>
  );
}

interface TenderFormProps {
  readonly till: OpenTill;
  readonly state: TenderState;
  readonly onTender: (tender: Tender) => void;
  /** Other ways to pay, below. */
  readonly children: ComponentChildren;
}

function TenderForm({ till: { terms, methods: accepted }, state, onTender, children }: TenderFormProps) {
  const methods = accepted.filter(({ method }) => !STORED_VALUE.includes(method));
  const { formats } = useTill();
  const [text, setText] = useState('');
  const [reference, setReference] = useState('');
  const amount = parseAmount(text, terms.places);
  const pay = ({ method }: OfferedMethod) => {
    // Without an amount, the method pays all that is due.
    const due = method === 'cash' ? state.dueInCash : state.due;
    const paid = text === '' ? due : amount;
    if (!paid?.greaterThan(0) && !(text === '' && due.isZero())) return;
    onTender({ method, amount: paid ?? due, ...(reference === '' ? {} : { reference }) });
  };
  const cash = methods.find(({ method }) => method === 'cash');
  return (
    <>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (cash) pay(cash);
        }}
      >
        <Field
          label="Amount"
          hint="Empty for all that is due."
          inputMode="decimal"
          autocomplete="off"
          autofocus
          value={text}
          onValue={setText}
          error={text === '' || amount ? undefined : 'This is not an amount.'}
        />
        {methods.some(({ needsReference }) => needsReference) && (
          <Field
            label="Reference of the terminal"
            autocomplete="off"
            value={reference}
            onValue={setReference}
          />
        )}
        <div class="methods" role="group" aria-label="Payment method">
          {methods.map((offered) => (
            <Button
              key={offered.method}
              type={offered.method === 'cash' ? 'submit' : 'button'}
              disabled={offered.needsReference && reference === ''}
              onClick={offered.method === 'cash' ? undefined : () => pay(offered)}
            >
              {offered.name}
            </Button>
          ))}
        </div>
        {cash && (
          <div class="methods" role="group" aria-label="Usual amounts in cash">
            {cashSuggestions(state.dueInCash).map((suggested) => (
              <Button
                key={suggested.toFixed()}
                onClick={() => onTender({ method: 'cash', amount: suggested })}
              >
                {cash.name} {formats.money(moneyText(terms, suggested))}
              </Button>
            ))}
          </div>
        )}
      </form>
      {children}
    </>
  );
}
