/** Operations on gift cards. Selling, redeeming and refunding belong to orders. */
import { ownBranch } from '#kernel/auth/actor';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { PosProError, type FieldError } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { amountErrors, futureErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { currencyOf } from '#subgraphs/auth/index';
import { customerById } from '#subgraphs/customers/index';
import type {
  AdjustGiftCardInput,
  DisableGiftCardInput,
  IssueGiftCardInput,
  TopUpGiftCardInput,
} from '../inputs.generated';
import { giftCards, type GiftCardRow } from '../tables.generated';
import {
  emitGiftCardChanged,
  insertGiftCard,
  postGiftCard,
  withCode,
  type GiftCard,
  type GiftCardPosting,
} from './gift-card-ledger';
import { giftCardStatus } from './gift-card-state.rules';
import { requireGiftCard } from './gift-cards.queries';

const MAX_REASON = 500;

/**
 * Issues a gift card without a sale: as a present, or for a card of another system.
 * @returns the card with its code, which no other operation answers.
 * @throws PosProError 422 by field.
 */
export async function issueGiftCard(ctx: RequestContext, input: IssueGiftCardInput): Promise<GiftCard> {
  const { amount, expiresAt, customerId, reason } = input;
  const currency = await currencyOf(ctx);
  throwFieldErrors([
    ...amountErrors('amount', amount, currency, 'positive'),
    ...textErrors('reason', reason, { max: MAX_REASON }),
    ...futureErrors('expiresAt', expiresAt, ctx.clock.now()),
    ...(await customerErrors(ctx, customerId)),
  ]);
  const card = await transact(
    ctx,
    (tx) => {
      const issued = {
        amount,
        currency,
        purpose: 'multi_purpose',
        expiresAt,
        customerId,
        branchId: ownBranch(ctx.actor) ?? null,
        reason: emptyToNull(reason),
      } as const;
      return Promise.resolve(insertGiftCard(tx, ctx, issued));
    },
    { idempotent: { operation: 'issueGiftCard', input } },
  );
  return withCode(ctx, card);
}

async function customerErrors(
  ctx: RequestContext,
  customerId: string | null | undefined,
): Promise<FieldError[]> {
  if (customerId == null || (await customerById(ctx.db, customerId))) return [];
  return [{ field: 'customerId', message: 'There is no such customer.', code: 'CUSTOMER_NOT_FOUND' }];
}

/**
 * Adds to the balance of a gift card by hand.
 * @throws PosProError 404; 409 ILLEGAL_STATE for a disabled or expired card; 422 by field.
 */
export function topUpGiftCard(
  ctx: RequestContext,
  id: string,
  input: TopUpGiftCardInput,
): Promise<GiftCardRow> {
  return changeBalance(ctx, 'topUpGiftCard', id, input, (currency) => ({
    kind: 'top_up',
    errors: [
      ...amountErrors('amount', input.amount, currency, 'positive'),
      ...textErrors('reason', input.reason, { max: MAX_REASON }),
    ],
  }));
}

/**
 * Corrects the balance of a gift card, in any state of the card.
 * @throws PosProError 404; 409 ILLEGAL_STATE if the balance would fall below zero; 422 by field.
 */
export function adjustGiftCard(
  ctx: RequestContext,
  id: string,
  input: AdjustGiftCardInput,
): Promise<GiftCardRow> {
  const zero = { field: 'amount', message: 'Must not be zero.', code: 'ZERO' };
  return changeBalance(ctx, 'adjustGiftCard', id, input, (currency) => ({
    kind: 'adjustment',
    errors: [
      ...(input.amount.isZero() ? [zero] : amountErrors('amount', input.amount.abs(), currency, 'positive')),
      ...textErrors('reason', input.reason, { min: 1, max: MAX_REASON }),
    ],
  }));
}

/** A kind of change, and the errors of its input. */
interface BalanceChange extends Pick<GiftCardPosting, 'kind'> {
  errors: FieldError[];
}

async function changeBalance(
  ctx: RequestContext,
  operation: string,
  id: string,
  input: { amount: Decimal; reason?: string | null },
  changeOf: (currency: string) => BalanceChange,
): Promise<GiftCardRow> {
  return transact(
    ctx,
    async (tx) => {
      const before = await requireGiftCard(tx, id);
      const { kind, errors } = changeOf(before.currency);
      throwFieldErrors(errors);
      const card = await postGiftCard(tx, ctx, {
        giftCardId: before.id,
        amount: input.amount,
        kind,
        referenceType: 'gift_card',
        referenceId: before.id,
        reason: emptyToNull(input.reason),
        branchId: ownBranch(ctx.actor) ?? null,
      });
      if (!card) throw await notPosted(tx, before.id, kind);
      return card;
    },
    { idempotent: { operation, input: { id, ...input } } },
  );
}

/** The error of an entry that a card does not permit: a correction fails only for the balance, a top-up only for the state. */
async function notPosted(tx: Transaction, id: string, kind: GiftCardPosting['kind']): Promise<PosProError> {
  const { balance, currency, ...card } = await requireGiftCard(tx, id);
  const status = giftCardStatus(card, tx.now);
  const shown = formatMoney(balance, currency);
  const message =
    kind === 'adjustment'
      ? `The balance of the gift card is only ${shown} ${currency}.`
      : `The gift card is ${status}.`;
  return new PosProError('ILLEGAL_STATE', message, { details: { status, balance: shown } });
}

/**
 * Disables a gift card for good, for example a lost one. Its balance stays in the books. A disabled card does not change.
 * @throws PosProError 404; 422 by field.
 */
export async function disableGiftCard(
  ctx: RequestContext,
  id: string,
  input: DisableGiftCardInput,
): Promise<GiftCardRow> {
  throwFieldErrors(textErrors('reason', input.reason, { min: 1, max: MAX_REASON }));
  return transact(
    ctx,
    async (tx) => {
      const { id: cardId } = await requireGiftCard(tx, id);
      const card = await tx.maybeOne<GiftCardRow>(sql`
        update gift_cards g set disabled_at = ${tx.now}, disabled_reason = ${input.reason.trim()}, updated_at = ${tx.now}
        where g.id = ${cardId} and g.disabled_at is null
        returning ${giftCards.select('g')}`);
      if (!card) return requireGiftCard(tx, cardId);
      emitGiftCardChanged(tx, card);
      return card;
    },
    { idempotent: { operation: 'disableGiftCard', input: { id, ...input } } },
  );
}
