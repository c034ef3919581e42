import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Dialog } from '../../shared/ui/dialog';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { discountInput, itemInputs, type Basket } from '../core/basket';
import { ParkTheBasketDocument } from '../operations.generated';
import { useAction } from '../parts/use-action';
import type { OpenTill } from '../shop';
import { useTill } from '../till-context';

export interface ParkDialogProps {
  readonly open: boolean;
  readonly till: OpenTill;
  readonly basket: Basket;
  readonly onParked: () => void;
  readonly onClose: () => void;
}

/** Parks the basket under a label, so that any till of the branch can go on with it. */
export function ParkDialog({ open, onClose, ...rest }: ParkDialogProps) {
  return (
    <Dialog title="Park the basket" open={open} onClose={onClose}>
      <ParkForm onClose={onClose} {...rest} />
    </Dialog>
  );
}

function ParkForm({ till, basket, onParked, onClose }: Omit<ParkDialogProps, 'open'>) {
  const { api } = useTill();
  const [label, setLabel] = useState('');
  const park = useAction(async () => {
    const input = {
      items: itemInputs(basket.lines),
      registerId: till.registerId,
      discount: discountInput(basket.discount) ?? null,
      customerId: basket.customer?.id ?? null,
      note: basket.note,
      label: label === '' ? null : label,
    };
    await api.mutate(ParkTheBasketDocument, { input });
    onParked();
    onClose();
  });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        park.run();
      }}
    >
      <Field
        label="Label"
        hint="By which you find the basket again. Optional."
        autofocus
        maxLength={100}
        autocomplete="off"
        value={label}
        onValue={setLabel}
      />
      {park.problem !== undefined && <Notice kind="error">{park.problem}</Notice>}
      <div class="actions">
        <Button type="submit" kind="primary" busy={park.busy}>
          Park basket
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </form>
  );
}
