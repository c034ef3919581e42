/**
 * The discount of one campaign on a basket. Each sum is exact and rounded once, and then spread over the lines by largest remainder, so
 * that it neither depends on how units are split into lines nor loses a cent.
 *
 * `buy_x_get_y` and `bundle` count whole units, the most expensive first: units are sorted by what remains of their price, and each
 * group takes the next ones.
 */
import type { Decimal } from '#kernel/decimal';
import { currencyExponent, formatMoney } from '#kernel/money';
import type { CampaignAction } from './campaign-terms.rules';
import type { CompiledCampaign, SelectedItem } from './compile-campaigns.rules';
import { divideRounded, fromUnits, sumOf, toUnits, toWhole, type MoneyTerms } from './minor-units.rules';

/** A line of a basket, as campaigns see it. */
export interface CampaignLine extends SelectedItem {
  /** Above zero. */
  readonly quantity: Decimal;
  /** Quantity × unit price, after the line's own discount; rounded, as prices are quoted. */
  readonly amount: Decimal;
}

/** A basket in which earlier discounts may have been subtracted. */
export interface BasketState {
  readonly lines: readonly CampaignLine[];
  /** Quantities of the lines, in thousandths. */
  readonly quantities: readonly bigint[];
  /** The amount that remains of each line, in minor units. */
  readonly remaining: readonly bigint[];
  readonly terms: MoneyTerms;
}

/** A discount before it is spread over the lines. Amounts are in minor units. */
export interface ActionResult {
  /** The amount that it reduces. */
  readonly base: bigint;
  /** Not negative, at most the base. */
  readonly amount: bigint;
  /** The part of each of its lines in the exact discount, in proportion. */
  readonly weights: readonly bigint[];
  /** Positions of the lines that it reduces. */
  readonly lines: readonly number[];
  /** The calculation, for people: "10 % of 100.00". */
  readonly explanation: () => string;
}

/** A percentage has 4 places, a quantity 3, and the value of some of the units of a line 12 places below the minor unit. */
const PERCENT_PLACES = 4;
const PERCENT = 1_000_000n;
const PIECE = 1_000n;
const EXACT = 10n ** 12n;

/** Percentages of live campaigns, which every basket needs again. */
const PERCENTS = new WeakMap<Decimal, bigint>();

function wholePercent(percent: Decimal): bigint {
  const known = PERCENTS.get(percent);
  if (known !== undefined) return known;
  const whole = toWhole(percent, PERCENT_PLACES);
  PERCENTS.set(percent, whole);
  return whole;
}

/**
 * The discount of a campaign.
 * @param selected positions of the lines that its items select.
 */
export function discountOf(
  campaign: Pick<CompiledCampaign, 'action' | 'rewards'>,
  state: BasketState,
  selected: readonly number[],
): ActionResult {
  const { action } = campaign;
  switch (action.type) {
    case 'percent':
      return percentOff(state, selected, action.percent);
    case 'amount':
      return amountOff(state, selected, action.amount);
    case 'fixed_price':
      return fixedPrice(state, selected, action.price);
    case 'buy_x_get_y':
      return buyXGetY(action, campaign.rewards, state, selected);
    case 'bundle':
      return bundle(action, state, selected);
    case 'quantity_tiers':
      return quantityTiers(action, state, selected);
    case 'free_shipping':
      return nothing(state, selected, 'free shipping');
    case 'points_multiplier':
      return nothing(state, selected, `${action.multiplier.toFixed()} × points`);
  }
}

function percentOff(state: BasketState, selected: readonly number[], percent: Decimal): ActionResult {
  const weights = selected.map((line) => state.remaining[line]!);
  const base = sumOf(weights);
  const amount = divideRounded(base * wholePercent(percent), PERCENT, state.terms);
  const explanation = () => `${percent.toFixed()} % of ${shown(state, base)}`;
  return { base, amount, weights, lines: selected, explanation };
}

function amountOff(state: BasketState, selected: readonly number[], off: Decimal): ActionResult {
  const weights = selected.map((line) => state.remaining[line]!);
  const base = sumOf(weights);
  const most = toUnits(off, state.terms);
  const amount = most < base ? most : base;
  const explanation = () => `${shown(state, amount)} off ${shown(state, base)}`;
  return { base, amount, weights, lines: selected, explanation };
}

function fixedPrice(state: BasketState, selected: readonly number[], price: Decimal): ActionResult {
  const unitPrice = toUnits(price, state.terms);
  const weights = selected.map((line) => {
    const off = state.remaining[line]! * PIECE - unitPrice * state.quantities[line]!;
    return off > 0n ? off : 0n;
  });
  const base = sumOf(selected.map((line) => state.remaining[line]!));
  const amount = divideRounded(sumOf(weights), PIECE, state.terms);
  const explanation = () => `${shownPrice(state, price)} for each unit`;
  return { base, amount, weights, lines: selected, explanation };
}

function quantityTiers(
  { tiers }: Extract<CampaignAction, { type: 'quantity_tiers' }>,
  state: BasketState,
  selected: readonly number[],
): ActionResult {
  const quantity = sumOf(selected.map((line) => state.quantities[line]!));
  const reached = tiers.filter((tier) => tier.quantity.times(1_000).lessThanOrEqualTo(quantity.toString()));
  if (reached.length === 0) return nothing(state, selected, 'the quantity is below the lowest tier');
  const tier = reached.reduce((best, other) => (other.quantity.greaterThan(best.quantity) ? other : best));
  const result = percentOff(state, selected, tier.percent);
  return { ...result, explanation: () => `${result.explanation()}, from ${tier.quantity.toFixed()} on` };
}

function nothing(state: BasketState, selected: readonly number[], explanation: string): ActionResult {
  const base = sumOf(selected.map((line) => state.remaining[line]!));
  return { base, amount: 0n, weights: [], lines: [], explanation: () => explanation };
}

// --- Whole units ---

/** Whole units of a line, all at the same price. */
interface UnitRun {
  readonly line: number;
  readonly count: number;
  /** The amount that remains of the line, in minor units, and its quantity in thousandths: their quotient is the value of a unit. */
  readonly remaining: bigint;
  readonly quantity: bigint;
}

/** The whole units of lines, the most expensive first; of equal ones in the order of the lines. */
function unitRuns({ quantities, remaining }: BasketState, selected: readonly number[]): UnitRun[] {
  return selected
    .map((line) => {
      const quantity = quantities[line]!;
      return { line, count: Number(quantity / PIECE), remaining: remaining[line]!, quantity };
    })
    .filter(({ count }) => count > 0)
    .sort((a, b) => {
      const [first, second] = [a.remaining * b.quantity, b.remaining * a.quantity];
      if (first === second) return a.line - b.line;
      return first < second ? 1 : -1;
    });
}

/** The value of some units of a run, in 10⁻¹² minor units. */
function valueOf({ remaining, quantity }: UnitRun, count: number): bigint {
  return (remaining * BigInt(count) * PIECE * EXACT + quantity / 2n) / quantity;
}

/** The units of each run that a discount takes. */
interface TakenUnits {
  readonly weights: readonly bigint[];
  readonly lines: readonly number[];
  /** Their value, in minor units. */
  readonly base: bigint;
}

function takenUnits(state: BasketState, runs: readonly UnitRun[], counts: readonly number[]): TakenUnits {
  const taken = runs.flatMap((run, index) => (counts[index]! > 0 ? [{ run, count: counts[index]! }] : []));
  const weights = taken.map(({ run, count }) => valueOf(run, count));
  return {
    weights,
    lines: taken.map(({ run }) => run.line),
    base: divideRounded(sumOf(weights), EXACT, state.terms),
  };
}

function buyXGetY(
  action: Extract<CampaignAction, { type: 'buy_x_get_y' }>,
  rewards: CompiledCampaign['rewards'],
  state: BasketState,
  selected: readonly number[],
): ActionResult {
  const explanation = () => `buy ${action.buy}, get ${action.get} at ${action.percent.toFixed()} % off`;
  const { runs, counts } = rewards
    ? rewardsOfOthers(action, rewards, state, selected)
    : rewardsOfGroups(action, unitRuns(state, selected));
  const taken = takenUnits(state, runs, counts);
  const off = sumOf(taken.weights) * wholePercent(action.percent);
  const amount = divideRounded(off, PERCENT * EXACT, state.terms);
  return { ...taken, amount: amount < taken.base ? amount : taken.base, explanation };
}

interface Rewards {
  readonly runs: readonly UnitRun[];
  /** Reduced units of each run. */
  readonly counts: readonly number[];
}

/** The cheapest units of each group of `buy + get` units. */
function rewardsOfGroups(
  { buy, get, limit }: Extract<CampaignAction, { type: 'buy_x_get_y' }>,
  runs: readonly UnitRun[],
): Rewards {
  const size = buy + get;
  const units = runs.reduce((total, { count }) => total + count, 0);
  const groups = Math.min(Math.floor(units / size), limit ?? Infinity);
  /** Number of reduced units among the first ones. */
  const reducedUpTo = (position: number) => {
    const reduced = Math.floor(position / size) * get + Math.max(0, (position % size) - buy);
    return Math.min(reduced, groups * get);
  };
  let position = 0;
  const counts = runs.map(({ count }) => {
    const before = reducedUpTo(position);
    position += count;
    return reducedUpTo(position) - before;
  });
  return { runs, counts };
}

/** The cheapest units of the rewards, after enough units were left to be bought. A unit is either bought or a reward. */
function rewardsOfOthers(
  { buy, get, limit }: Extract<CampaignAction, { type: 'buy_x_get_y' }>,
  { selects }: NonNullable<CompiledCampaign['rewards']>,
  state: BasketState,
  selected: readonly number[],
): Rewards {
  const isBought = new Set(selected);
  const rewarded = state.lines.flatMap((line, index) => (!selects || selects(line) ? [index] : []));
  const runs = unitRuns(state, rewarded).reverse();
  const count = (list: readonly UnitRun[]) => list.reduce((total, run) => total + run.count, 0);
  const bought = count(unitRuns(state, selected));
  const onlyRewards = count(runs.filter(({ line }) => !isBought.has(line)));
  const times = Math.min(
    limit ?? Infinity,
    Math.floor((bought + onlyRewards) / (buy + get)),
    Math.floor(bought / buy),
    Math.floor(count(runs) / get),
  );
  let missing = times * get;
  /** Units that could be bought or be a reward, and need not be bought. */
  let free = bought - times * buy;
  const counts = runs.map((run) => {
    const most = isBought.has(run.line) ? Math.min(run.count, free) : run.count;
    const taken = Math.min(most, missing);
    missing -= taken;
    if (isBought.has(run.line)) free -= taken;
    return taken;
  });
  return { runs, counts };
}

function bundle(
  { quantity, price, limit }: Extract<CampaignAction, { type: 'bundle' }>,
  state: BasketState,
  selected: readonly number[],
): ActionResult {
  const runs = unitRuns(state, selected);
  const units = runs.reduce((total, { count }) => total + count, 0);
  const most = Math.min(Math.floor(units / quantity), limit ?? Infinity);
  const bundlePrice = toUnits(price, state.terms) * EXACT;
  const valueOfBundles = (bundles: number) =>
    sumOf(countsUpTo(runs, bundles * quantity).map((count, index) => valueOf(runs[index]!, count)));
  // Each bundle is worth at most as much as the one before it, so those that save something come first.
  let [first, last] = [0, most];
  while (first < last) {
    const middle = Math.ceil((first + last) / 2);
    if (valueOfBundles(middle) - valueOfBundles(middle - 1) > bundlePrice) first = middle;
    else last = middle - 1;
  }
  const taken = takenUnits(state, runs, countsUpTo(runs, first * quantity));
  const off = sumOf(taken.weights) - bundlePrice * BigInt(first);
  const explanation = () => `${first} × ${quantity} for ${shownPrice(state, price)}`;
  return { ...taken, amount: divideRounded(off, EXACT, state.terms), explanation };
}

/** The number of units of each run among the first units. */
function countsUpTo(runs: readonly UnitRun[], units: number): number[] {
  let left = units;
  return runs.map(({ count }) => {
    const taken = Math.min(count, left);
    left -= taken;
    return taken;
  });
}

function shown({ terms }: BasketState, units: bigint): string {
  return formatMoney(fromUnits(units, terms), terms.currency);
}

/** The price of a campaign of another branch's currency may have more digits. */
function shownPrice({ terms }: BasketState, price: Decimal): string {
  return price.toFixed(Math.max(currencyExponent(terms.currency), price.decimalPlaces()));
}
