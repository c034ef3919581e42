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
  type GammaGamma,
  type Spending,
} from './gamma-gamma.rules';

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
