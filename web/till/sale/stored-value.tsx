/** Gift cards and store credit as tenders: the server knows what they can pay. */
import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { GraphError } from '../../shared/request';
import type { Basket } from '../core/basket';
import { STORED_VALUE_NEED } from '../core/connection-needs';
import { Decimal, moneyText } from '../core/money';
import type { Tender, TenderState } from '../core/tenders';
import { GiftCardBalanceDocument, StoreCreditBalanceDocument } from '../operations.generated';
import { useAction } from '../parts/use-action';
import type { OpenTill } from '../shop';
import { useOnline, useTill } from '../till-context';

export interface StoredValueProps {
  readonly till: OpenTill;
  readonly basket: Basket;
  readonly tenders: readonly Tender[];
  readonly state: TenderState;
  readonly onTender: (tender: Tender) => void;
}

/** The parts of the payment for the shop's own money; nothing where the branch does not accept it. */
export function StoredValue(props: StoredValueProps) {
  const online = useOnline();
  const { methods } = props.till;
  const accepts = (kind: string) => methods.find(({ method }) => method === kind)?.name;
  const [giftCard, storeCredit] = [accepts('gift_card'), accepts('store_credit')];
  if (giftCard === undefined && storeCredit === undefined) return null;
  if (!online) return <Notice>{STORED_VALUE_NEED}</Notice>;
  return (
    <>
      {giftCard !== undefined && <GiftCardForm {...props} name={giftCard} />}
      {storeCredit !== undefined && <StoreCreditButton {...props} name={storeCredit} />}
    </>
  );
}

type MethodProps = StoredValueProps & {
  /** The name of the payment method. */
  readonly name: string;
};

function GiftCardForm({ name, till, tenders, state, onTender }: MethodProps) {
  const { api, formats } = useTill();
  const [code, setCode] = useState('');
  const pay = useAction(async () => {
    const typed = code.trim();
    const { giftCard } = await api.query(GiftCardBalanceDocument, { code: typed });
    const { id, lastFour, balance, status, currency } = giftCard;
    const detail = `**** ${lastFour}`;
    if (tenders.some((tender) => tender.giftCard?.id === id)) throw rejection('This gift card pays already.');
    if (status !== 'active') throw rejection(`The gift card ${detail} is ${status}.`);
    if (currency !== till.terms.currency) throw rejection(`The gift card ${detail} is in ${currency}.`);
    const amount = Decimal.min(state.due, balance);
    if (amount.isZero()) throw rejection(`The gift card ${detail} is used up.`);
    const left = formats.money(moneyText(till.terms, new Decimal(balance).minus(amount)));
    onTender({
      method: 'gift_card',
      amount,
      giftCard: { id, code: typed },
      detail: `${detail}, ${left} left`,
    });
  });
  return (
    <form
      class="form inline"
      onSubmit={(event) => {
        event.preventDefault();
        if (code.trim() !== '') pay.run();
      }}
    >
      <Field label="Code of a gift card" autocomplete="off" value={code} onValue={setCode} />
      <Button type="submit" busy={pay.busy} disabled={code.trim() === ''}>
        {name}
      </Button>
      {pay.problem !== undefined && <Notice kind="error">{pay.problem}</Notice>}
    </form>
  );
}

function StoreCreditButton({ name, till, basket: { customer }, tenders, state, onTender }: MethodProps) {
  const { api, formats } = useTill();
  const pay = useAction(async () => {
    if (!customer) return;
    const { storeCredit } = await api.query(StoreCreditBalanceDocument, { customerId: customer.id });
    const { balance, currency } = storeCredit;
    const amount = Decimal.min(state.due, balance);
    if (amount.isZero() || currency !== till.terms.currency)
      throw rejection(`${customer.name} has no store credit.`);
    const left = formats.money(moneyText(till.terms, new Decimal(balance).minus(amount)));
    onTender({ method: 'store_credit', amount, detail: `${customer.name}, ${left} left` });
  });
  if (!customer) return <p class="quiet">Store credit needs the customer of the sale.</p>;
  const used = tenders.some(({ method }) => method === 'store_credit');
  return (
    <div class="form">
      <Button busy={pay.busy} disabled={used} onClick={() => pay.run()}>
        {name} of {customer.name}
      </Button>
      {pay.problem !== undefined && <Notice kind="error">{pay.problem}</Notice>}
    </div>
  );
}

/** The server would reject the payment; the cashier learns it before the customer leaves the card. */
const rejection = (message: string) => new GraphError(message, 'PAYMENT_INSUFFICIENT');
