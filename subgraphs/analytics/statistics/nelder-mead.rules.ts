/** Minimization by the simplex of Nelder and Mead. Pure. */

/** A found minimum. */
export interface Minimum {
  readonly at: number[];
  readonly value: number;
  /** Whether the simplex became small before the steps ended. */
  readonly converged: boolean;
}

const MAX_STEPS = 2_000;
const TOLERANCE = 1e-9;
const FIRST_SIZE = 0.5;

/** Yields after each step, so that the caller can let others work. */
export function* minimize(
  f: (point: readonly number[]) => number,
  start: readonly number[],
): Generator<undefined, Minimum> {
  const valued = (at: number[]) => ({ at, value: finite(f(at)) });
  const simplex = [
    valued([...start]),
    ...start.map((_, axis) => valued(start.map((x, index) => (index === axis ? x + FIRST_SIZE : x)))),
  ];
  for (let step = 0; step < MAX_STEPS; step += 1) {
    simplex.sort((a, b) => a.value - b.value);
    const [best, worst] = [simplex[0]!, simplex.at(-1)!];
    if (isSmall(simplex)) return { ...best, converged: true };
    const others = simplex.slice(0, -1);
    const center = start.map((_, axis) => others.reduce((sum, { at }) => sum + at[axis]!, 0) / others.length);
    const along = (factor: number) => valued(center.map((x, axis) => x + factor * (worst.at[axis]! - x)));
    const reflected = along(-1);
    if (reflected.value < best.value) {
      const expanded = along(-2);
      simplex[simplex.length - 1] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < others.at(-1)!.value) simplex[simplex.length - 1] = reflected;
    else {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      if (contracted.value < Math.min(worst.value, reflected.value)) simplex[simplex.length - 1] = contracted;
      else
        for (let index = 1; index < simplex.length; index += 1)
          simplex[index] = valued(simplex[index]!.at.map((x, axis) => (x + best.at[axis]!) / 2));
    }
    yield;
  }
  simplex.sort((a, b) => a.value - b.value);
  return { ...simplex[0]!, converged: false };
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.MAX_VALUE;
}

function isSmall(simplex: readonly { at: readonly number[]; value: number }[]): boolean {
  const [best, worst] = [simplex[0]!, simplex.at(-1)!];
  const spread = Math.abs(worst.value - best.value) / (Math.abs(best.value) + TOLERANCE);
  const size = Math.max(...worst.at.map((x, axis) => Math.abs(x - best.at[axis]!)));
  return spread < TOLERANCE && size < Math.sqrt(TOLERANCE);
}
