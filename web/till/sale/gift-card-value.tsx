import { useState } from 'preact/hooks';
import { priceOf, type Line } from '../core/basket';
import { parseAmount } from '../core/money';

export interface GiftCardValueProps {
  readonly line: Line;
  /** Decimals of the currency. */
  readonly places: number;
  readonly onValue: (value: string) => void;
}

/** The value of a gift card that is sold. It takes effect when it is an amount, and goes back to the last one otherwise. */
export function GiftCardValue({ line, places, onValue }: GiftCardValueProps) {
  const [typed, setTyped] = useState<string>();
  const amount = typed === undefined ? undefined : parseAmount(typed, places);
  const valid = typed === undefined || amount?.greaterThan(0) === true;
  const leave = () => {
    if (amount && valid) onValue(amount.toFixed(places));
    setTyped(undefined);
  };
  return (
    <input
      class="quantity"
      inputMode="decimal"
      autocomplete="off"
      aria-label={`Value of ${line.name}`}
      aria-invalid={!valid}
      value={typed ?? priceOf(line)}
      onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      onBlur={leave}
      onKeyDown={({ key }) => key === 'Enter' && leave()}
    />
  );
}
