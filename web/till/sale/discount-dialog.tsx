import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Dialog } from '../../shared/ui/dialog';
import { Field, SelectField } from '../../shared/ui/field';
import { discountBasket, discountLine, type Discount } from '../core/basket';
import { parseAmount } from '../core/money';
import type { BasketState } from './use-basket';

/** The line to discount, by its key; null for the whole basket. */
export interface DiscountTarget {
  readonly line: string | null;
}

export interface DiscountDialogProps extends Pick<BasketState, 'basket'> {
  /** Undefined while the dialog is closed. */
  readonly target: DiscountTarget | undefined;
  /** Decimals of the currency. */
  readonly places: number;
  readonly onChange: BasketState['change'];
  readonly onClose: () => void;
}

/** Gives a discount on a line or on the whole basket. */
export function DiscountDialog({ target, basket, places, onChange, onClose }: DiscountDialogProps) {
  const line = basket.lines.find(({ key }) => key === target?.line);
  const give = (discount: Discount | null) => {
    onChange((before) =>
      line ? discountLine(before, line.key, discount) : discountBasket(before, discount),
    );
    onClose();
  };
  return (
    <Dialog
      title={line ? `Discount on ${line.name}` : 'Discount on the whole basket'}
      open={target !== undefined}
      onClose={onClose}
    >
      <DiscountForm
        places={places}
        current={line ? line.discount : basket.discount}
        onGive={give}
        onCancel={onClose}
      />
    </Dialog>
  );
}

interface DiscountFormProps {
  readonly places: number;
  readonly current: Discount | null;
  readonly onGive: (discount: Discount | null) => void;
  readonly onCancel: () => void;
}

function DiscountForm({ places, current, onGive, onCancel }: DiscountFormProps) {
  const [kind, setKind] = useState('percent');
  const [text, setText] = useState('');
  const amount = parseAmount(text, kind === 'percent' ? 2 : places);
  const valid = amount?.greaterThan(0) === true && !(kind === 'percent' && amount.greaterThan(100));
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!valid || !amount) return;
        onGive(kind === 'percent' ? { percent: amount.toFixed() } : { amount: amount.toFixed(places) });
      }}
    >
      <Field
        label="Discount"
        inputMode="decimal"
        required
        autofocus
        value={text}
        onValue={setText}
        error={text === '' || valid ? undefined : 'This is not a discount.'}
      />
      <SelectField
        label="Kind"
        value={kind}
        onValue={setKind}
        options={[
          { value: 'percent', label: 'Percent' },
          { value: 'amount', label: 'Amount' },
        ]}
      />
      <div class="actions">
        <Button type="submit" kind="primary">
          Give discount
        </Button>
        {current && <Button onClick={() => onGive(null)}>Remove discount</Button>}
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </form>
  );
}
