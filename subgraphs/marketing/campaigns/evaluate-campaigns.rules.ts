/**
 * The campaigns that a basket gets, in the fixed order of docs/CAMPAIGNS.md. The result is the same for every order of the lines: they
 * are sorted first, and the amounts are returned in the caller's order.
 *
 * 1. Campaigns that select an item of the basket, and whose time, channel, branch, audience, code and conditions agree with it.
 * 2. Of each stacking group, the campaign that saves the most.
 * 3. Either all stackable campaigns, by priority, each on the amount that remains, or one exclusive campaign: whichever saves more.
 */
import { ZERO, type Decimal } from '#kernel/decimal';
import { QUANTITY_PLACES } from '#kernel/money';
import { discountOf, type ActionResult, type BasketState, type CampaignLine } from './campaign-actions.rules';
import {
  ineligibility,
  sumsOf,
  type Candidate,
  type Circumstances,
  type SkipReason,
  type UsableCode,
} from './campaign-eligibility.rules';
import { keysOfItem, type CampaignSet, type CompiledCampaign } from './compile-campaigns.rules';
import { fromUnits, spreadUnits, sumOf, toUnits, toWhole, type MoneyTerms } from './minor-units.rules';

/** A campaign that a basket gets. */
export interface AppliedCampaign {
  readonly campaign: CompiledCampaign;
  /** The code that it requires; null for none. */
  readonly code: UsableCode | null;
  /** The amount that it reduces. */
  readonly base: Decimal;
  readonly amount: Decimal;
  /** Its part of each line, in the order of the basket. */
  readonly amounts: readonly Decimal[];
  /** The calculation, for people. */
  readonly explanation: string;
}

/** A campaign that selects items of the basket, and that it does not get. */
export interface SkippedCampaign {
  readonly campaign: CompiledCampaign;
  readonly reason: SkipReason;
}

export interface CampaignResult {
  /** In the order in which they were applied. */
  readonly applied: readonly AppliedCampaign[];
  readonly skipped: readonly SkippedCampaign[];
  readonly freeShipping: boolean;
  /** The highest factor of points; null for none. */
  readonly pointsMultiplier: Decimal | null;
}

/** Campaigns that are applied together, and what they save. */
interface Combination {
  readonly steps: readonly Step[];
  /** In minor units. */
  readonly amount: bigint;
}

interface Step extends ActionResult {
  readonly candidate: Candidate;
  /** The basket before the step. */
  readonly state: BasketState;
  /** Its part of each of its lines, once it is needed. */
  shares?: readonly bigint[];
}

/** @param lines of the basket, after the discounts of the lines themselves. */
export function evaluateCampaigns(
  set: CampaignSet,
  lines: readonly CampaignLine[],
  circumstances: Circumstances,
  terms: MoneyTerms,
): CampaignResult {
  const order = sortedPositions(lines);
  const sorted = order.map((position) => lines[position]!);
  const state: BasketState = {
    lines: sorted,
    quantities: sorted.map(({ quantity }) => toWhole(quantity, QUANTITY_PLACES)),
    remaining: sorted.map(({ amount }) => toUnits(amount, terms)),
    terms,
  };
  const skipped: SkippedCampaign[] = [];
  const skip = (reason: SkipReason, { campaign }: Pick<Candidate, 'campaign'>) =>
    skipped.push({ campaign, reason });

  const whole = sumsOf(sorted);
  const eligible = candidatesOf(set, sorted).filter((candidate) => {
    const reason = ineligibility(candidate, sorted, circumstances, whole);
    if (reason) skip(reason, candidate);
    return reason === undefined;
  });
  const { best: candidates, others } = bestOfGroups(eligible, state, circumstances);
  for (const other of others) skip('group', other);
  const combination = bestCombination(candidates, state, circumstances);
  const steps = new Map(combination.steps.map((step) => [step.candidate, step]));
  for (const candidate of candidates) {
    if (!steps.has(candidate)) skip(combination.reasons.get(candidate) ?? 'combination', candidate);
  }
  const applied = combination.steps.map((step): AppliedCampaign => {
    const { candidate } = step;
    const [base, amount] = [fromUnits(step.base, terms), fromUnits(step.amount, terms)];
    const explanation = step.explanation();
    const amounts = lines.map(() => ZERO);
    sharesOf(step).forEach((share, index) => (amounts[order[step.lines[index]!]!] = fromUnits(share, terms)));
    const { campaign } = candidate;
    return {
      campaign,
      code: circumstances.codes.get(campaign.id) ?? null,
      base,
      amount,
      amounts,
      explanation,
    };
  });
  return {
    applied,
    skipped,
    freeShipping: applied.some(({ campaign }) => campaign.action.type === 'free_shipping'),
    pointsMultiplier: highestMultiplier(applied),
  };
}

/** Positions of the lines in an order that depends on their contents alone. */
function sortedPositions(lines: readonly CampaignLine[]): number[] {
  return lines
    .map((_, position) => position)
    .sort((a, b) => {
      const [first, second] = [lines[a]!, lines[b]!];
      if (first.variantId !== second.variantId) return first.variantId < second.variantId ? -1 : 1;
      return second.quantity.comparedTo(first.quantity) || second.amount.comparedTo(first.amount) || a - b;
    });
}

/** The campaigns that select a line, in their order, with the positions of the lines. */
function candidatesOf(
  { campaigns, byItem, ofAllItems }: CampaignSet,
  lines: readonly CampaignLine[],
): Candidate[] {
  const selected = new Map<number, number[]>();
  lines.forEach((line, index) => {
    for (const key of keysOfItem(line)) {
      for (const position of byItem.get(key) ?? []) {
        const positions = selected.get(position);
        if (!positions) selected.set(position, [index]);
        else if (positions.at(-1) !== index) positions.push(index);
      }
    }
  });
  const everything = lines.map((_, index) => index);
  if (lines.length > 0) for (const position of ofAllItems) selected.set(position, everything);
  return [...selected]
    .sort(([a], [b]) => a - b)
    .map(([position, positions]) => ({ campaign: campaigns[position]!, lines: positions }));
}

/** The campaigns without those of whose group another one saves more on the whole basket; of equal ones the first stays. */
function bestOfGroups(candidates: readonly Candidate[], state: BasketState, circumstances: Circumstances) {
  const bestByGroup = new Map<string, { candidate: Candidate; amount: bigint }>();
  for (const candidate of candidates) {
    const group = candidate.campaign.stackingGroup;
    if (group === null) continue;
    const { amount } = combine([candidate], state, circumstances);
    const best = bestByGroup.get(group);
    if (!best || amount > best.amount) bestByGroup.set(group, { candidate, amount });
  }
  const isBest = (candidate: Candidate) => {
    const group = candidate.campaign.stackingGroup;
    return group === null || bestByGroup.get(group)!.candidate === candidate;
  };
  return { best: candidates.filter(isBest), others: candidates.filter((candidate) => !isBest(candidate)) };
}

/** The combination that saves the most; of equal ones the one whose first campaign comes first. */
function bestCombination(candidates: readonly Candidate[], state: BasketState, circumstances: Circumstances) {
  const stack = candidates.filter(({ campaign }) => !campaign.exclusive);
  const choices = [
    ...(stack.length > 0 ? [stack] : []),
    ...candidates.filter(({ campaign }) => campaign.exclusive).map((candidate) => [candidate]),
  ].sort(([a], [b]) => candidates.indexOf(a!) - candidates.indexOf(b!));
  let best: Combination = { steps: [], amount: 0n };
  const reasons = new Map<Candidate, SkipReason>();
  for (const choice of choices) {
    const combination = combine(choice, state, circumstances, reasons);
    const better = combination.amount > best.amount;
    if (better || (best.steps.length === 0 && combination.steps.length > 0)) best = combination;
  }
  return { ...best, reasons };
}

/** Applies campaigns one after the other, each on the amounts that remain. @param reasons receives those of campaigns without effect. */
function combine(
  candidates: readonly Candidate[],
  before: BasketState,
  { remainingBudgets }: Circumstances,
  reasons = new Map<Candidate, SkipReason>(),
): Combination {
  let state = before;
  const steps: Step[] = [];
  for (const candidate of candidates) {
    const { campaign, lines } = candidate;
    // Most combinations are a single campaign that is only compared, so a discount is spread when another one follows.
    if (steps.length > 0) state = stateAfter(steps.at(-1)!);
    const result = discountOf(campaign, state, lines);
    const reason = reasonWithout(campaign, result, state, remainingBudgets);
    if (reason) reasons.set(candidate, reason);
    else steps.push({ ...result, candidate, state });
  }
  return { steps, amount: sumOf(steps.map(({ amount }) => amount)) };
}

function stateAfter(step: Step): BasketState {
  if (step.amount === 0n) return step.state;
  const remaining = [...step.state.remaining];
  const shares = sharesOf(step);
  step.lines.forEach((line, index) => (remaining[line] = remaining[line]! - shares[index]!));
  return { ...step.state, remaining };
}

function sharesOf(step: Step): readonly bigint[] {
  const { state, amount, weights, lines } = step;
  return (step.shares ??= spreadUnits(
    amount,
    weights,
    lines.map((line) => state.remaining[line]!),
  ));
}

/** The reason why a campaign is left without effect; undefined if it has one. */
function reasonWithout(
  campaign: CompiledCampaign,
  { amount }: ActionResult,
  { terms }: BasketState,
  remainingBudgets: Circumstances['remainingBudgets'],
): SkipReason | undefined {
  if (remainingBudgets.get(campaign.id)?.lessThan(fromUnits(amount, terms))) return 'budget';
  return amount === 0n && !hasOtherBenefit(campaign) ? 'no_effect' : undefined;
}

function hasOtherBenefit({ action: { type } }: CompiledCampaign): boolean {
  return type === 'free_shipping' || type === 'points_multiplier';
}

function highestMultiplier(applied: readonly AppliedCampaign[]): Decimal | null {
  return applied.reduce<Decimal | null>((highest, { campaign: { action } }) => {
    if (action.type !== 'points_multiplier') return highest;
    return highest?.greaterThan(action.multiplier) ? highest : action.multiplier;
  }, null);
}
