import { useState } from 'preact/hooks';
import type { Formats } from '../../shared/format';
import { isQuantity, removeLine, setQuantity, setValue, type Discount, type Line } from '../core/basket';
import { Decimal } from '../core/money';
import { Button } from '../../shared/ui/button';
import { useTill } from '../till-context';
import { GiftCardValue } from './gift-card-value';
import type { PricedBasket, PricedLine } from './price';
import type { BasketState } from './use-basket';

export interface BasketLinesProps {
  readonly basket: BasketState['basket'];
  readonly priced: PricedBasket;
  /** Decimals of the currency. */
  readonly places: number;
  readonly onChange: BasketState['change'];
  /** @param key of the line. */
  readonly onDiscount: (key: string) => void;
}

/** The lines of the basket, each with its quantity, its discount and the way out. */
export function BasketLines({ basket, priced, places, onChange, onDiscount }: BasketLinesProps) {
  if (basket.lines.length === 0) return <p class="empty">Scan the first item.</p>;
  return (
    <ol class="lines" aria-label="Lines">
      {basket.lines.map((line, index) => (
        <BasketLine
          key={line.key}
          line={line}
          amounts={priced.lines[index]}
          places={places}
          onChange={onChange}
          onDiscount={() => onDiscount(line.key)}
        />
      ))}
    </ol>
  );
}

interface BasketLineProps extends Pick<BasketLinesProps, 'onChange' | 'places'> {
  readonly line: Line;
  readonly amounts: PricedLine | undefined;
  readonly onDiscount: () => void;
}

function BasketLine({ line, amounts, places, onChange, onDiscount }: BasketLineProps) {
  const { formats } = useTill();
  return (
    <li class="line">
      <span class="line-name">
        {line.name}
        <span class="quiet">
          {formats.money(amounts?.unitPrice ?? line.price)} per {line.unit}
          {line.discount && `, discount ${discountText(line.discount, formats)}`}
        </span>
      </span>
      <LineAmount line={line} places={places} onChange={onChange} />
      <span class="numeric line-total">{amounts ? formats.money(amounts.total) : ''}</span>
      {!line.giftCard && (
        <Button aria-label={`Discount on ${line.name}`} onClick={onDiscount}>
          %
        </Button>
      )}
      <Button
        kind="danger"
        aria-label={`Remove ${line.name}`}
        onClick={() => onChange((basket) => removeLine(basket, line.key))}
      >
        ×
      </Button>
    </li>
  );
}

/** How much is sold: the value of a gift card, the quantity of its label, or a quantity to change. */
function LineAmount({ line, places, onChange }: Pick<BasketLineProps, 'line' | 'places' | 'onChange'>) {
  const { formats } = useTill();
  const step = (by: number) => new Decimal(line.quantity).plus(by).toFixed();
  const set = (quantity: string) => onChange((basket) => setQuantity(basket, line.key, quantity));
  if (line.giftCard) {
    const name = (value: string) => onChange((basket) => setValue(basket, line.key, value));
    return <GiftCardValue line={line} places={places} onValue={name} />;
  }
  if (line.label !== null) {
    return (
      <span class="numeric">
        {formats.quantity(line.quantity)} {line.unit}
      </span>
    );
  }
  return (
    <span class="stepper">
      <Button
        aria-label={`One less of ${line.name}`}
        disabled={!isQuantity(step(-1), line)}
        onClick={() => set(step(-1))}
      >
        −
      </Button>
      <QuantityInput line={line} onQuantity={set} />
      <Button aria-label={`One more of ${line.name}`} onClick={() => set(step(1))}>
        +
      </Button>
    </span>
  );
}

/** The quantity, as it is typed. It takes effect when it is one, and goes back to the last one otherwise. */
function QuantityInput({ line, onQuantity }: { line: Line; onQuantity: (quantity: string) => void }) {
  const [typed, setTyped] = useState<string>();
  const plain = typed?.trim().replace(',', '.');
  const valid = plain === undefined || isQuantity(plain, line);
  const leave = () => {
    if (plain !== undefined && valid && plain !== line.quantity) onQuantity(plain);
    setTyped(undefined);
  };
  return (
    <input
      class="quantity"
      inputMode="decimal"
      autocomplete="off"
      aria-label={`Quantity of ${line.name}, ${line.unit}`}
      aria-invalid={!valid}
      value={typed ?? line.quantity}
      onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      onBlur={leave}
      onKeyDown={({ key }) => key === 'Enter' && leave()}
    />
  );
}

/** A discount for people: "10 %" or an amount. */
export function discountText(discount: Discount, formats: Formats): string {
  return 'percent' in discount ? `${discount.percent} %` : formats.money(discount.amount);
}
