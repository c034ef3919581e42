import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import type { BasketCustomer } from '../core/basket';
import { AddCustomerDocument } from '../operations.generated';
import { useAction } from '../parts/use-action';
import { useTill } from '../till-context';

export interface NewCustomerFormProps {
  /** The name to begin with. */
  readonly name: string;
  readonly onAdded: (customer: BasketCustomer) => void;
  readonly onBack: () => void;
}

/** Adds a customer with what a till needs: the name, and by what to find the customer again. */
export function NewCustomerForm({ name: searched, onAdded, onBack }: NewCustomerFormProps) {
  const { api } = useTill();
  const [name, setName] = useState(searched);
  const [phone, setPhone] = useState('');
  const [email, setEmail] = useState('');
  const [consent, setConsent] = useState(false);
  const add = useAction(async () => {
    const input = {
      name: name.trim(),
      ...(phone.trim() === '' ? {} : { phone: phone.trim() }),
      ...(email.trim() === '' ? {} : { email: email.trim() }),
      ...(consent ? { marketingConsent: true } : {}),
    };
    onAdded((await api.mutate(AddCustomerDocument, { input })).createCustomer);
  });
  return (
    <form
      class="form"
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        add.run();
      }}
    >
      <Field label="Name" required autofocus maxLength={200} value={name} onValue={setName} />
      <Field label="Phone" hint="Optional." value={phone} onValue={setPhone} />
      <Field label="E-mail address" hint="Optional." type="email" value={email} onValue={setEmail} />
      <label class="check">
        <input
          type="checkbox"
          checked={consent}
          onChange={({ currentTarget }) => setConsent(currentTarget.checked)}
        />
        Agrees to advertising
      </label>
      {add.problem !== undefined && <Notice kind="error">{add.problem}</Notice>}
      <div class="actions">
        <Button type="submit" kind="primary" busy={add.busy}>
          Add customer
        </Button>
        <Button onClick={onBack}>Back</Button>
      </div>
    </form>
  );
}
