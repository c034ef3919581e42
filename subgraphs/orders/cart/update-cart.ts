/** The contact, the addresses and the shipping of a cart. */
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { type FieldError } from '#kernel/errors';
import { emailErrors, throwFieldErrors } from '#kernel/validation';
import { phoneErrors } from '#subgraphs/customers/index';
import type { UpdateCartInput } from '../inputs.generated';
import type { CartRow } from '../tables.generated';
import { cartAddressErrors, toCartAddress } from './cart-address.rules';
import { acceptPrices } from './cart-items';
import { changeCart } from './carts';

/** @returns the id of the cart's row. @throws PosProError 422 by field; as changeCart. */
export async function updateCart(
  ctx: RequestContext,
  cartId: string,
  input: UpdateCartInput,
): Promise<string> {
  throwFieldErrors(cartErrors(input));
  const change = { operation: 'updateCart', input, version: input.version };
  return changeCart(ctx, cartId, change, async (tx, cart) => {
    if (input.acceptPrices === true) await acceptPrices(tx, ctx, cart);
    return cartChanges(input);
  });
}

/** The errors of a contact and of addresses. */
export function cartErrors(
  input: Pick<UpdateCartInput, 'email' | 'phone' | 'shippingAddress' | 'billingAddress' | 'shippingCode'>,
): FieldError[] {
  const errors = [
    ...phoneErrors('phone', input.phone),
    ...cartAddressErrors('shippingAddress', input.shippingAddress),
    ...cartAddressErrors('billingAddress', input.billingAddress),
    ...emailErrors('email', input.email),
  ];
  if ((input.shippingCode ?? '').length > MAX_CODE)
    errors.push({
      field: 'shippingCode',
      message: `Must have ${MAX_CODE} characters at most.`,
      code: 'LENGTH',
    });
  return errors;
}

const MAX_CODE = 50;

/** The columns that an input changes. Null removes a value, and an omitted field keeps it. */
export function cartChanges(
  input: Pick<UpdateCartInput, 'email' | 'phone' | 'shippingAddress' | 'billingAddress' | 'shippingCode'>,
): Partial<CartRow> {
  const { email, phone, shippingAddress, billingAddress, shippingCode } = input;
  return {
    ...(email !== undefined && { email: emptyToNull(email)?.toLowerCase() ?? null }),
    ...(phone !== undefined && { phone: emptyToNull(phone) }),
    ...(shippingAddress !== undefined && {
      shippingAddress: shippingAddress === null ? null : toCartAddress(shippingAddress),
    }),
    ...(billingAddress !== undefined && {
      billingAddress: billingAddress === null ? null : toCartAddress(billingAddress),
    }),
    ...(shippingCode !== undefined && { shippingCode: emptyToNull(shippingCode) }),
  };
}
