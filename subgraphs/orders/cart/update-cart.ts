/** The contact, the addresses and the shipping of a cart. */
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { invalid, type FieldError } from '#kernel/errors';
import { emailErrors, throwFieldErrors } from '#kernel/validation';
import { phoneErrors } from '#subgraphs/customers/index';
import { isOfPoints, pointsErrors } from '../basket/basket-points.rules';
import type { UpdateCartInput } from '../inputs.generated';
import { throwIssues } from '../issues.rules';
import type { CartRow } from '../tables.generated';
import { postalAddressErrors, toPostalAddress } from '../order/postal-address.rules';
import { acceptPrices } from './cart-items';
import { cartBenefitIssues } from './cart-view';
import { changeCart, type LockedCart } from './carts';

/** @returns the id of the cart's row. @throws PosProError 422 by field, and POINTS_INSUFFICIENT; as changeCart. */
export async function updateCart(
  ctx: RequestContext,
  cartId: string,
  input: UpdateCartInput,
): Promise<string> {
  throwFieldErrors([...cartErrors(input), ...pointsErrors(input.redeemPoints)]);
  const change = { operation: 'updateCart', input, version: input.version };
  return changeCart(ctx, cartId, change, async (tx, cart) => {
    if (input.acceptPrices === true) await acceptPrices(tx, ctx, cart);
    const changes = { ...cartChanges(input), ...pointsChange(input) };
    if (changes.redeemPoints) await assertRedeemable(tx, ctx, { ...cart, ...changes });
    return changes;
  });
}

/** Null redeems no points, and an omitted field keeps their number. */
function pointsChange({ redeemPoints }: UpdateCartInput): Partial<CartRow> {
  return redeemPoints === undefined ? {} : { redeemPoints: redeemPoints ?? 0 };
}

/** @throws PosProError 422 POINTS_INSUFFICIENT, and by field for a guest and for points that the cart cannot redeem. */
async function assertRedeemable(tx: Transaction, ctx: RequestContext, cart: LockedCart): Promise<void> {
  if (cart.customerId === null) {
    const message = 'A guest has no points. The customer of a cart is known after the sign-in.';
    throw invalid('redeemPoints', message, 'CUSTOMER_REQUIRED');
  }
  throwIssues((await cartBenefitIssues(ctx, tx, cart, cart.items, tx.now)).filter(isOfPoints));
}

/** The errors of a contact and of addresses. */
export function cartErrors(
  input: Pick<UpdateCartInput, 'email' | 'phone' | 'shippingAddress' | 'billingAddress' | 'shippingCode'>,
): FieldError[] {
  const errors = [
    ...phoneErrors('phone', input.phone),
    ...postalAddressErrors('shippingAddress', input.shippingAddress),
    ...postalAddressErrors('billingAddress', input.billingAddress),
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
      shippingAddress: shippingAddress === null ? null : toPostalAddress(shippingAddress),
    }),
    ...(billingAddress !== undefined && {
      billingAddress: billingAddress === null ? null : toPostalAddress(billingAddress),
    }),
    ...(shippingCode !== undefined && { shippingCode: emptyToNull(shippingCode) }),
  };
}
