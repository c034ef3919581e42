/** Checks of a sale's input, apart from its items, which are priced by the domain orders. */
import { MAX_NAMES } from '#subgraphs/inventory/index';
import { MAX_LINES, fieldIssue, type Issue } from '#subgraphs/orders/index';
import type { CheckoutInput } from '../inputs.generated';

/** A till's clock may be a little fast. */
const MAX_AHEAD_MS = 10 * 60_000;
/** No till is offline for longer. */
const MAX_BEHIND_MS = 92 * 24 * 3_600_000;
const MAX_NOTE = 1_000;

type Check = (input: CheckoutInput, now: Date) => Issue[];

/** All issues of the input, except for its items. @param now the server's time. */
export function validateCheckoutInput(input: CheckoutInput, now: Date): Issue[] {
  return CHECKS.flatMap((check) => check(input, now));
}

const itemCount: Check = ({ items }) => {
  if (items.length === 0) return [fieldIssue('items', 'There is nothing to sell.', 'REQUIRED')];
  if (items.length <= MAX_LINES) return [];
  return [fieldIssue('items', `A sale has ${MAX_LINES} items at most.`, 'TOO_MANY')];
};

const redeemedPoints: Check = ({ redeemPoints }) => {
  if (redeemPoints == null || redeemPoints >= 0) return [];
  return [fieldIssue('redeemPoints', 'Points must not be negative.', 'NEGATIVE')];
};

const clientReference: Check = (input) => {
  if (input.clientReference == null || /^[\w.:-]{1,100}$/.test(input.clientReference)) return [];
  const message = 'A client reference must be a UUID, or 1 to 100 letters, digits and the characters - _ . :';
  return [fieldIssue('clientReference', message, 'INVALID')];
};

const note: Check = (input) => {
  if ((input.note ?? '').length <= MAX_NOTE) return [];
  return [fieldIssue('note', `A note has ${MAX_NOTE} characters at most.`, 'LENGTH')];
};

const paymentsOrMethod: Check = ({ paymentMethod, payments }) => {
  if (paymentMethod == null || payments == null) return [];
  return [fieldIssue('paymentMethod', 'Set "payments" or "paymentMethod", not both.', 'INVALID')];
};

/** Inventory checks the names themselves; only their number is checked here. */
const reservationCount: Check = ({ reservations }) => {
  if ((reservations ?? []).length <= MAX_NAMES) return [];
  return [fieldIssue('reservations', `A sale names ${MAX_NAMES} reservations at most.`, 'TOO_MANY')];
};

/** Issues of the till's own time of a sale or a return. */
export function saleTime({ createdAt }: Pick<CheckoutInput, 'createdAt'>, now: Date): Issue[] {
  if (createdAt == null) return [];
  const ahead = createdAt.getTime() - now.getTime();
  if (ahead > MAX_AHEAD_MS) {
    const message = 'The sale is in the future: correct the clock of the till.';
    return [fieldIssue('createdAt', message, 'IN_FUTURE')];
  }
  if (-ahead <= MAX_BEHIND_MS) return [];
  return [fieldIssue('createdAt', 'The sale is more than 92 days old.', 'TOO_OLD')];
}

/** In the order in which a till shows their issues. */
const CHECKS: readonly Check[] = [
  itemCount,
  redeemedPoints,
  clientReference,
  note,
  paymentsOrMethod,
  reservationCount,
  saleTime,
];
