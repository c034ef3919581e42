/** What stands against the kinds of tender of a sale. Pure. */
import { amountFaults } from '#kernel/validation';
import type { FieldError } from '#kernel/errors';
import { tenderFaults } from '#subgraphs/payments/index';
import type { Issue } from './basket';
import type { CheckoutPaymentInput, TipInput } from '../inputs.generated';
import type { TillTerms } from './selling-terms';

const MAX_PAYMENTS = 50;

/** What stands against the kinds of tender that are given. */
export function methodIssues(
  terms: TillTerms,
  given: readonly CheckoutPaymentInput[],
  customerId: string | null | undefined,
): Issue[] {
  const methods = new Map(terms.methods.map((method) => [method.method, method]));
  const faults = given.flatMap((tender, index) => tenderFaults(`payments.${index}`, tender, methods));
  const account = given.findIndex((tender) => tender.method === 'credit');
  if (account >= 0 && customerId == null) {
    faults.push({
      field: 'customerId',
      message: 'Only a customer can pay on account; name one.',
      code: 'REQUIRED',
    });
  }
  if (given.length > MAX_PAYMENTS)
    faults.push({ field: 'payments', message: `${MAX_PAYMENTS} payments at most.`, code: 'TOO_MANY' });
  return faults.map(issueOf);
}

/** A tip goes to the staff as money; an account or a voucher is none. */
const TIP_METHODS: readonly string[] = ['cash', 'card', 'mobile'];

/** What stands against a tip. */
export function tipIssues(terms: TillTerms, tip: TipInput | null | undefined): Issue[] {
  if (tip == null) return [];
  const faults = amountFaults('tip.amount', tip.amount, terms.currency, 'positive');
  if (!TIP_METHODS.includes(tip.method)) {
    faults.push({
      field: 'tip.method',
      message: `A tip is given by ${TIP_METHODS.join(', ')}.`,
      code: 'UNKNOWN_METHOD',
    });
  }
  return faults.map(issueOf);
}

function issueOf({ field, message, code }: FieldError): Issue {
  return { code: 'VALIDATION_FAILED', message, item: null, field, reason: code };
}
