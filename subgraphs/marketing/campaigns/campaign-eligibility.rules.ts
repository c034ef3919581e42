/** Whether a campaign may apply to a basket at all: its time, place, audience, code and conditions. */
import { sum, type Decimal } from '#kernel/decimal';
import type { CampaignLine } from './campaign-actions.rules';
import { includesMoment, type CompiledCampaign, type LocalMoment } from './compile-campaigns.rules';

/** Reasons why a basket does not get a campaign that selects some of its items. */
export type SkipReason =
  | 'period'
  | 'hours'
  | 'channel'
  | 'branch'
  | 'audience'
  | 'code_required'
  | 'code_minimum'
  | 'condition'
  | 'uses'
  | 'customer_uses'
  | 'customer_required'
  | 'budget'
  | 'group'
  | 'combination'
  | 'no_effect';

/** A campaign with the positions of the lines that it selects. */
export interface Candidate {
  readonly campaign: CompiledCampaign;
  readonly lines: readonly number[];
}

/** A valid code. */
export interface UsableCode {
  readonly id: string;
  /** As it is printed. */
  readonly code: string;
  /** Minimum amount of the basket; null for none. */
  readonly minimum: Decimal | null;
}

/** Everything about a sale, beside its lines, that decides which campaigns it gets. */
export interface Circumstances {
  readonly at: Date;
  /** The moment on the branch's clock; called only if a campaign has hours. */
  readonly local: () => LocalMoment;
  readonly channel: string;
  readonly branchId: string;
  readonly customerId: string | null;
  /** Groups and segments of the customer that campaigns name; empty without a customer. */
  readonly audiences: ReadonlySet<string>;
  /** Whether the customer is known by anything that limits by customer count: an account, a mail address or a phone number. */
  readonly identified: boolean;
  /** The valid code of a campaign, by the campaign's id. */
  readonly codes: ReadonlyMap<string, UsableCode>;
  /** Campaigns whose number of uses is taken, by everyone or by this customer. */
  readonly usedUp: ReadonlyMap<string, 'uses' | 'customer_uses'>;
  /** Remaining budgets of the campaigns that have one, by the campaign's id. */
  readonly remainingBudgets: ReadonlyMap<string, Decimal>;
}

/** The sums of lines, with which the minimum of a campaign is compared. */
export interface BasketSums {
  readonly amount: Decimal;
  readonly quantity: Decimal;
}

export function sumsOf(lines: readonly CampaignLine[]): BasketSums {
  return {
    amount: sum(lines.map(({ amount }) => amount)),
    quantity: sum(lines.map(({ quantity }) => quantity)),
  };
}

/** The reason why a campaign cannot apply; undefined if it may. @param whole the sums of all lines. */
export function ineligibility(
  { campaign }: Candidate,
  lines: readonly CampaignLine[],
  circumstances: Circumstances,
  whole: BasketSums,
): SkipReason | undefined {
  return (
    placeReason(campaign, circumstances) ??
    customerReason(campaign, circumstances) ??
    codeMinimumReason(circumstances.codes.get(campaign.id), whole) ??
    (campaign.conditions.every((condition) => holds(condition, lines, whole)) ? undefined : 'condition')
  );
}

function placeReason(
  { startsMs, endsMs, hours, channels, branchIds }: CompiledCampaign,
  { at, local, channel, branchId }: Circumstances,
): SkipReason | undefined {
  const atMs = at.getTime();
  if ((startsMs !== null && atMs < startsMs) || (endsMs !== null && atMs >= endsMs)) return 'period';
  if (channels.size > 0 && !channels.has(channel)) return 'channel';
  if (branchIds.size > 0 && !branchIds.has(branchId)) return 'branch';
  return hours.length === 0 || includesMoment(hours, local()) ? undefined : 'hours';
}

function customerReason(
  { id, audience, customerIds, groupIds, segmentIds, requiresCode, usesPerCustomer }: CompiledCampaign,
  { customerId, audiences, identified, codes, usedUp }: Circumstances,
): SkipReason | undefined {
  if (requiresCode && !codes.has(id)) return 'code_required';
  if (audience === 'customers' && customerId === null) return 'audience';
  if (audience === 'guests' && customerId !== null) return 'audience';
  if (customerIds.size > 0 && (customerId === null || !customerIds.has(customerId))) return 'audience';
  for (const ids of [groupIds, segmentIds])
    if (ids.length > 0 && !ids.some((audienceId) => audiences.has(audienceId))) return 'audience';
  if (usesPerCustomer !== null && !identified) return 'customer_required';
  return usedUp.get(id);
}

function codeMinimumReason(code: UsableCode | undefined, { amount }: BasketSums): SkipReason | undefined {
  return code?.minimum && amount.lessThan(code.minimum) ? 'code_minimum' : undefined;
}

/** Conditions look at the basket before the discounts of the order, so that no campaign prevents another one. */
function holds(
  { type, minimum, selects }: CompiledCampaign['conditions'][number],
  lines: readonly CampaignLine[],
  whole: BasketSums,
): boolean {
  const { amount, quantity } = selects ? sumsOf(lines.filter(selects)) : whole;
  return (type === 'minimum_amount' ? amount : quantity).greaterThanOrEqualTo(minimum);
}
