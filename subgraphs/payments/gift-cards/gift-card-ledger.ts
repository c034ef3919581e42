/** The ledger of gift cards: a card has a balance, which is the sum of its entries. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { giftCardChanged } from '../events';
import { giftCardEntries, giftCards, type GiftCardEntryRow, type GiftCardRow } from '../tables.generated';
import { giftCardCodeHash, newGiftCardCode } from './gift-card-codes';
import { normalizeGiftCardCode } from './gift-card-code.rules';

/** A gift card; with its code only in the answer to the operation that issued it. */
export type GiftCard = GiftCardRow & { code?: string | null };

/** A gift card to issue. */
export interface NewGiftCard extends Pick<GiftCardRow, 'currency' | 'purpose'> {
  /** Above zero, rounded to the currency. */
  amount: Decimal;
  taxRate?: Decimal | null;
  taxClassId?: string | null;
  taxClass?: string | null;
  expiresAt?: Date | null | undefined;
  customerId?: string | null | undefined;
  /** The order that issues the card, and its line if the card is sold. */
  orderId?: string | null;
  orderLineId?: string | null;
  paymentId?: string | null;
  branchId?: string | null;
  reason?: string | null;
  /** Set only by the demo shop; by default the code is derived from the id. */
  code?: string;
}

/**
 * Issues a gift card with its first entry, in one statement that is sent without waiting.
 * @returns the card without its code, so that it can be stored as an answer; `withCode` adds the code.
 */
export function insertGiftCard(tx: Transaction, ctx: RequestContext, given: NewGiftCard): GiftCardRow {
  const {
    amount,
    orderId = null,
    orderLineId = null,
    paymentId = null,
    branchId = null,
    reason = null,
  } = given;
  invariant(amount.greaterThan(ZERO), 'a gift card without an amount was issued');
  const id = ctx.ids.next();
  const code = given.code ?? newGiftCardCode(ctx.config, id);
  const card = giftCards.complete({
    id,
    organizationId: tx.organizationId,
    codeHash: giftCardCodeHash(code)!,
    lastFour: normalizeGiftCardCode(code)!.slice(-4),
    currency: given.currency,
    initialAmount: amount,
    balance: amount,
    entriesCount: 1,
    purpose: given.purpose,
    taxRate: given.taxRate ?? null,
    taxClassId: given.taxClassId ?? null,
    taxClass: given.taxClass ?? null,
    expiresAt: given.expiresAt ?? null,
    customerId: given.customerId ?? null,
    orderId,
    orderLineId,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  const entry = giftCardEntries.insert({
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    giftCardId: id,
    number: 1,
    kind: 'issue',
    amount,
    balance: amount,
    referenceType: orderId === null ? 'gift_card' : 'order',
    referenceId: orderId ?? id,
    paymentId,
    reason,
    branchId,
    userId: userOf(ctx),
    createdAt: tx.now,
  });
  tx.send(sql`with card as (${giftCards.insert(card)}) ${entry}`);
  emitGiftCardChanged(tx, card);
  return card;
}

/** The card with its code, for the answer to the operation that issued it; null if JWT_SECRET has changed since. */
export function withCode(ctx: RequestContext, card: GiftCardRow): GiftCard {
  const code = newGiftCardCode(ctx.config, card.id);
  return { ...card, code: giftCardCodeHash(code) === card.codeHash ? code : null };
}

/** An entry to post on a gift card. */
export interface GiftCardPosting {
  giftCardId: string;
  /** Rounded to the card's currency, not zero. Positive: the card is worth more. */
  amount: Decimal;
  /** Anything but an adjustment and a return needs a card that is neither disabled nor expired. */
  kind: Exclude<GiftCardEntryRow['kind'], 'issue'>;
  /** Type of the record that caused the entry, for example "order". */
  referenceType: string;
  referenceId: string;
  /** Of a redemption and of its refunds: the payment with the card. */
  paymentId?: string | null;
  reason?: string | null;
  branchId?: string | null;
  /** Disables the card, with this reason. */
  disabledReason?: string;
}

/** The columns of an entry that do not come from its card. */
const POSTED = giftCardEntries.omit('organizationId', 'giftCardId', 'number', 'balance');

/** Kinds of entries that correct the books, whatever the state of the card. */
const CORRECTIONS: ReadonlySet<string> = new Set(['adjustment', 'return']);

/**
 * Posts an entry on a gift card, in one statement. Emits "gift_card.changed".
 * @returns the changed card; undefined if there is no such card, its balance does not cover the amount, or its state does not permit
 * the entry.
 */
export async function postGiftCard(
  tx: Transaction,
  ctx: RequestContext,
  posting: GiftCardPosting,
): Promise<GiftCardRow | undefined> {
  const { giftCardId, amount, kind, disabledReason = null } = posting;
  invariant(!amount.isZero(), 'an entry of zero was posted on a gift card');
  const { referenceType, referenceId, paymentId, reason, branchId } = posting;
  const subject = { referenceType, referenceId, paymentId, reason, branchId };
  const posted = { id: ctx.ids.next(), kind, amount, ...subject, userId: userOf(ctx), createdAt: tx.now };
  const card = await tx.maybeOne<GiftCardRow>(sql`
    with card as (
      update gift_cards set balance = balance + ${amount}, entries_count = entries_count + 1, updated_at = ${tx.now},
        disabled_at = case when ${disabledReason}::text is null then disabled_at else coalesce(disabled_at, ${tx.now}) end,
        disabled_reason = case when ${disabledReason}::text is null then disabled_reason else coalesce(disabled_reason, ${disabledReason}) end
      where id = ${giftCardId}::uuid and balance + ${amount} >= 0
        and (${CORRECTIONS.has(kind)}::boolean or (disabled_at is null and (expires_at is null or expires_at > ${tx.now})))
      returning *
    ), entry as (
      insert into gift_card_entries (organization_id, gift_card_id, number, balance, ${POSTED.columns})
      select organization_id, id, entries_count, balance, ${POSTED.parameters(posted)} from card
    )
    select ${giftCards.select('card')} from card`);
  if (card) emitGiftCardChanged(tx, card);
  return card;
}

/** Emits that a gift card was issued or changed. */
export function emitGiftCardChanged(tx: Transaction, { id, balance, currency }: GiftCardRow): void {
  const payload = { giftCardId: id, balance: formatMoney(balance, currency), currency };
  tx.emit(giftCardChanged({ key: id, payload }));
}
