/** Fits the models of purchases and of their value on the customers of a shop. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { minimize, type Minimum } from '../statistics/nelder-mead.rules';
import {
  BG_NBD_START,
  bgNbdLikelihood,
  bgNbdOf,
  type BgNbd,
  type History,
  type HistoryGroup,
} from './bg-nbd.rules';
import {
  GAMMA_GAMMA_START,
  gammaGammaLikelihood,
  gammaGammaOf,
  meanValue,
  type GammaGamma,
  type Spending,
} from './gamma-gamma.rules';

/** The models of a shop's customers. */
export interface Models {
  readonly bgNbd: BgNbd;
  readonly gammaGamma: GammaGamma;
}

/** The fitted models, or the reason for which there are none. */
export type FittedModels =
  | { readonly models: Models; readonly reason?: undefined }
  | { readonly models?: undefined; readonly reason: string };

/** Customers who bought again, below which a fit says more of chance than of the shop. */
const MIN_REPEATERS = 50;

/** @param spendings of those who bought on more than one day. */
export async function fitModels(
  histories: readonly History[],
  spendings: readonly Spending[],
): Promise<FittedModels> {
  const repeaters = `customers bought on more than one day (${spendings.length})`;
  if (spendings.length < MIN_REPEATERS) return { reason: `Fewer than ${MIN_REPEATERS} ${repeaters}` };
  const bgNbd = await fitBgNbd(histories);
  if (!bgNbd)
    return { reason: `The model of purchases (BG/NBD) did not converge on ${histories.length} customers` };
  const gammaGamma = await fitGammaGamma(spendings);
  if (!gammaGamma)
    return {
      reason: `The model of values (Gamma-Gamma) did not converge on the ${spendings.length} customers who bought on more than one day`,
    };
  // Without a mean, the value of a customer who bought once is unknown.
  if (meanValue(gammaGamma) !== null) return { models: { bgNbd, gammaGamma } };
  const q = gammaGamma.q.toPrecision(3);
  return {
    reason: `The values of purchases differ so much that their model (Gamma-Gamma) has no mean (q is ${q}, and must be above 1)`,
  };
}

/** Fits BG/NBD. @returns undefined if the fit does not converge. */
export async function fitBgNbd(histories: readonly History[]): Promise<BgNbd | undefined> {
  const groups = groupHistories(histories);
  const found = await inTurns(minimize((point) => -bgNbdLikelihood(bgNbdOf(point), groups), BG_NBD_START));
  return found.converged ? bgNbdOf(found.at) : undefined;
}

/** Fits Gamma-Gamma on customers who bought again. @returns undefined if the fit does not converge. */
export async function fitGammaGamma(spendings: readonly Spending[]): Promise<GammaGamma | undefined> {
  const likelihood = (point: readonly number[]) => -gammaGammaLikelihood(gammaGammaOf(point), spendings);
  const found = await inTurns(minimize(likelihood, GAMMA_GAMMA_START));
  return found.converged ? gammaGammaOf(found.at) : undefined;
}

function groupHistories(histories: readonly History[]): HistoryGroup[] {
  const groups = new Map<string, History & { count: number }>();
  for (const { x, tx, t } of histories) {
    const key = `${x} ${tx} ${t}`;
    const group = groups.get(key);
    if (group) group.count += 1;
    else groups.set(key, { x, tx, t, count: 1 });
  }
  return [...groups.values()];
}

/** Other requests are served between the steps. */
async function inTurns(steps: Generator<undefined, Minimum>): Promise<Minimum> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await nextTurn();
  }
}
