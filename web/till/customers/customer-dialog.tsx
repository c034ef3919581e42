import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Dialog } from '../../shared/ui/dialog';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import type { BasketCustomer } from '../core/basket';
import { FindCustomersDocument, type FindCustomersQuery } from '../operations.generated';
import { useAction } from '../parts/use-action';
import { useSearch } from '../parts/use-search';
import { useMay, useOnline, useTill } from '../till-context';
import { NewCustomerForm } from './new-customer-form';

export interface CustomerDialogProps {
  readonly open: boolean;
  readonly onChoose: (customer: BasketCustomer) => void;
  readonly onClose: () => void;
}

/** Finds the customer of a sale, or adds a new one. */
export function CustomerDialog({ open, onChoose, onClose }: CustomerDialogProps) {
  return (
    <Dialog title="Customer" open={open} onClose={onClose}>
      <FindOrAdd
        onClose={onClose}
        onChoose={(customer) => {
          onChoose(customer);
          onClose();
        }}
      />
    </Dialog>
  );
}

type FindOrAddProps = Omit<CustomerDialogProps, 'open'>;

function FindOrAdd({ onChoose, onClose }: FindOrAddProps) {
  const [adding, setAdding] = useState(false);
  const [text, setText] = useState('');
  if (adding)
    return <NewCustomerForm name={nameIn(text)} onAdded={onChoose} onBack={() => setAdding(false)} />;
  return (
    <FindCustomer
      text={text}
      onText={setText}
      onChoose={onChoose}
      onAdd={() => setAdding(true)}
      onClose={onClose}
    />
  );
}

/** A name that was searched for in vain need not be typed again; a number is none. */
function nameIn(text: string): string {
  return /\d|@/.test(text) ? '' : text.trim();
}

type FindCustomerProps = FindOrAddProps & {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onAdd: () => void;
};

function FindCustomer({ text, onText, onChoose, onAdd, onClose }: FindCustomerProps) {
  const { api } = useTill();
  const online = useOnline();
  const mayAdd = useMay('customers:write');
  const find = async (search: string) => (await api.query(FindCustomersDocument, { search })).searchCustomers;
  const { items, problem } = useSearch(text.trim(), find, online);
  // A scanner ends a card with Enter, before the list is there: the only customer found is the one.
  const enter = useAction(async () => {
    const [first, ...others] = text.trim() === '' ? [] : await find(text.trim());
    if (first && others.length === 0) onChoose(first);
  });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        enter.run();
      }}
    >
      <Field
        label="Name, phone, e-mail address, code or card"
        type="search"
        autocomplete="off"
        autofocus
        value={text}
        onValue={onText}
      />
      {[problem, enter.problem].map((message) => message && <Notice kind="error">{message}</Notice>)}
      {items?.length === 0 && <p class="empty">No customer found.</p>}
      {items && items.length > 0 && (
        <ul class="choices" aria-label="Found customers">
          {items.map((customer) => (
            <li key={customer.id}>
              <button type="button" class="row" onClick={() => onChoose(customer)}>
                <span>{customer.name}</span>
                <span class="quiet">{distinctionOf(customer)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="actions">
        {mayAdd && <Button onClick={onAdd}>New customer</Button>}
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </form>
  );
}

/** What distinguishes customers of the same name. */
function distinctionOf({ code, phone, email }: FindCustomersQuery['searchCustomers'][number]): string {
  return [code, phone ?? email].filter(Boolean).join(', ');
}
