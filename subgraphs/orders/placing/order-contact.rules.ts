/** Contact data of orders: addresses, email, phone and note. */
import { emptyToNull } from '#kernel/clean-text.rules';
import type { FieldError } from '#kernel/errors';
import { emailErrors, textErrors } from '#kernel/validation';
import type { PostalAddressInput } from '../inputs.generated';
import type { OrderRow } from '../model';
import { postalAddressErrors, toPostalAddress } from '../order/postal-address.rules';

/** The contact data of an input. */
export interface ContactChanges {
  readonly note?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly shippingAddress?: PostalAddressInput | null;
  readonly billingAddress?: PostalAddressInput | null;
}

/** The columns of an order with its contact data. */
type Contact = Pick<OrderRow, 'note' | 'email' | 'phone' | 'shippingAddress' | 'billingAddress'>;

/** The errors of contact data, by field. */
export function contactErrors(input: ContactChanges): FieldError[] {
  return [
    ...textErrors('note', input.note, { max: 1000 }),
    ...emailErrors('email', input.email),
    ...textErrors('phone', input.phone, { max: 50, lines: false }),
    ...postalAddressErrors('shippingAddress', input.shippingAddress),
    ...postalAddressErrors('billingAddress', input.billingAddress),
  ];
}

/** The contact data as stored; a field that the input omits is undefined. */
export function storedContact(input: ContactChanges): Partial<Contact> {
  const text = (value: string | null | undefined) => (value === undefined ? undefined : emptyToNull(value));
  const contact: Partial<Contact> = {};
  for (const field of ['note', 'email', 'phone'] as const) {
    const value = text(input[field]);
    if (value !== undefined) contact[field] = value;
  }
  for (const field of ['shippingAddress', 'billingAddress'] as const) {
    const address = input[field];
    if (address !== undefined) contact[field] = address && toPostalAddress(address);
  }
  return contact;
}
