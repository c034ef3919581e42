/** Operations on the store credit of customers. Paying with it and refunding to it belong to orders. */
import { ownBranch } from '#kernel/auth/actor';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { amountErrors, futureErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import type { DeductStoreCreditInput, GrantStoreCreditInput } from '../inputs.generated';
import { grantStoreCredit, spendStoreCredit } from './store-credit-ledger';
import { customerStoreCredit, type CustomerStoreCredit } from './store-credit.queries';

const MAX_REASON = 500;

/**
 * Grants store credit to a customer by hand.
 * @throws PosProError 404 for an unknown or erased customer; 422 by field.
 */
export function grantStoreCreditByHand(
  ctx: RequestContext,
  customerId: string,
  input: GrantStoreCreditInput,
): Promise<CustomerStoreCredit> {
  const { amount, expiresAt = null, reason } = input;
  return transact(
    ctx,
    async (tx) => {
      const { customerId: id, currency } = await customerStoreCredit(ctx, tx, customerId);
      throwFieldErrors([
        ...amountErrors('amount', amount, currency, 'positive'),
        ...textErrors('reason', reason, { max: MAX_REASON }),
        ...futureErrors('expiresAt', expiresAt, tx.now),
      ]);
      const subject = subjectOf(ctx, reason);
      await grantStoreCredit(tx, ctx, { customerId: id, currency, amount, expiresAt, ...subject });
      return customerStoreCredit(ctx, tx, id);
    },
    { idempotent: { operation: 'grantStoreCredit', input: { customerId, ...input } } },
  );
}

/**
 * Takes store credit from a customer by hand, the first to expire first.
 * @throws PosProError 404 for an unknown or erased customer; 409 ILLEGAL_STATE if the customer has less; 422 by field.
 */
export function deductStoreCredit(
  ctx: RequestContext,
  customerId: string,
  input: DeductStoreCreditInput,
): Promise<CustomerStoreCredit> {
  const { amount, reason } = input;
  return transact(
    ctx,
    async (tx) => {
      const { customerId: id, currency, balance } = await customerStoreCredit(ctx, tx, customerId);
      throwFieldErrors([
        ...amountErrors('amount', amount, currency, 'positive'),
        ...textErrors('reason', reason, { min: 1, max: MAX_REASON }),
      ]);
      const subject = subjectOf(ctx, reason);
      const credit = await spendStoreCredit(tx, ctx, id, amount, { kind: 'deduction', ...subject });
      if (credit) return customerStoreCredit(ctx, tx, id);
      const shown = formatMoney(balance, currency);
      const message = `The store credit is only ${shown} ${currency}.`;
      throw new PosProError('ILLEGAL_STATE', message, { details: { balance: shown } });
    },
    { idempotent: { operation: 'deductStoreCredit', input: { customerId, ...input } } },
  );
}

function subjectOf(ctx: RequestContext, reason: string | null | undefined) {
  return {
    referenceType: 'store_credit',
    referenceId: ctx.ids.next(),
    reason: emptyToNull(reason),
    branchId: ownBranch(ctx.actor) ?? null,
  };
}
