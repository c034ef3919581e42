import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import {
  UNUSABLE_MESSAGES,
  giftCardsByCodes,
  storeCreditBalance,
  unusableCode,
  type GiftCard,
} from '#subgraphs/payments/index';
import { tendersFor, type PaymentChoice } from '../basket/sale-tenders.rules';
import { fieldIssue, type Issue, type Result } from '../issues.rules';
import type { SaleTender, SettlementTerms } from '../pricing/settlement.rules';
import { isStoredValue, tenderAmounts, type StoredBalance, type NamedTender } from './stored-tenders.rules';

/** A sale to pay. */
interface Payable {
  /** Amount to pay, without cash rounding. */
  total: Decimal;
  customerId: string | null | undefined;
}

/**
 * The tenders of a sale with their amounts. Gift cards and store credit are read, without a lock: the payment itself checks the
 * balance again. A sale without them sends no statement.
 * @returns the tenders; or the issues: GIFT_CARD_INVALID for a code that cannot pay, PAYMENT_INSUFFICIENT for a balance that does
 * not cover its amount, VALIDATION_FAILED.
 * @throws PosProError 429 RATE_LIMITED for a caller who has entered too many wrong codes.
 */
export async function resolveTenders(
  ctx: RequestContext,
  db: Queryable,
  terms: SettlementTerms,
  choice: PaymentChoice,
  { total, customerId }: Payable,
): Promise<Result<readonly SaleTender[]>> {
  const tenders = tendersFor(terms, choice, total);
  const cards = await cardBalances(ctx, db, terms, tenders);
  const credit = await creditBalance(ctx, db, tenders, customerId);
  const issues = [...cards.issues, ...credit.issues];
  if (issues.length > 0) return { issues };
  return tenderAmounts(terms, total, tenders, new Map([...cards.balances, ...credit.balances]));
}

interface Balances {
  balances: [index: number, balance: StoredBalance][];
  issues: Issue[];
}

async function cardBalances(
  ctx: RequestContext,
  db: Queryable,
  { currency }: SettlementTerms,
  tenders: readonly NamedTender[],
): Promise<Balances> {
  const indexes = indexesOf(tenders, 'gift_card');
  const strayCodes = tenders.flatMap(({ method, giftCardCode }, index) =>
    method !== 'gift_card' && giftCardCode != null
      ? [codeIssue(index, 'Only a gift card has a code.', 'INVALID')]
      : [],
  );
  const missing = indexes.filter((index) => !tenders[index]!.giftCardCode?.trim());
  const issues = [
    ...strayCodes,
    ...missing.map((index) => codeIssue(index, 'Payment with a gift card requires its code.', 'REQUIRED')),
  ];
  if (indexes.length === 0 || issues.length > 0) return { balances: [], issues };
  const codes = indexes.map((index) => tenders[index]!.giftCardCode!);
  const cards = await giftCardsByCodes(ctx, db, codes);
  const balances: Balances['balances'] = [];
  cards.forEach((card, position) => {
    const index = indexes[position]!;
    const reason = unusableCode(card, { currency, now: ctx.clock.now() });
    if (!card || reason) issues.push(unusable(index, reason ?? 'UNKNOWN'));
    else if (cards.indexOf(card) < position)
      issues.push(codeIssue(index, 'The same gift card is named twice.', 'DUPLICATE'));
    else balances.push([index, balanceOf(card)]);
  });
  return { balances, issues };
}

function balanceOf({ id, balance, lastFour }: GiftCard): StoredBalance {
  return { available: balance, giftCardId: id, reference: `**** ${lastFour}` };
}

async function creditBalance(
  ctx: RequestContext,
  db: Queryable,
  tenders: readonly NamedTender[],
  customerId: string | null | undefined,
): Promise<Balances> {
  const [index, ...others] = indexesOf(tenders, 'store_credit');
  if (index === undefined) return { balances: [], issues: [] };
  const issues = others.map((other) =>
    fieldIssue(`payments.${other}.method`, 'Store credit is named twice.', 'DUPLICATE'),
  );
  if (customerId == null)
    issues.push(fieldIssue('customerId', 'Payment with store credit requires a customer.', 'REQUIRED'));
  if (customerId == null || issues.length > 0) return { balances: [], issues };
  const available = await storeCreditBalance(db, customerId, ctx.clock.now());
  return { balances: [[index, { available }]], issues };
}

function indexesOf(tenders: readonly NamedTender[], wanted: NamedTender['method']): number[] {
  return tenders.flatMap(({ method }, index) => (isStoredValue(method) && method === wanted ? [index] : []));
}

function codeIssue(index: number, message: string, reason: string): Issue {
  return fieldIssue(`payments.${index}.giftCardCode`, message, reason);
}

function unusable(index: number, reason: keyof typeof UNUSABLE_MESSAGES): Issue {
  return { ...codeIssue(index, UNUSABLE_MESSAGES[reason], reason), code: 'GIFT_CARD_INVALID' };
}
