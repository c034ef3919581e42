/** The size of a trial. `npm run faults` asks for the whole one, CI for as much as takes seconds. */

const whole = process.env.FAULTS_SIZE;

/** Whether the trial runs by `npm run faults`. */
export const isWholeTrial = whole !== undefined;

/** @param inCI the number without `npm run faults`. */
export function trialSize(inCI: number): number {
  return Number(whole ?? inCI);
}

/**
 * The seed of random input. CI tries the same input at every run, so that a change is judged by what it changes; `npm run faults` draws
 * another one. A failure prints it, and `npm run faults -- NAME --seed N` tries the same again.
 */
export const TRIAL_SEED = Number(
  process.env.FAULTS_SEED ?? (isWholeTrial ? Date.now() % 0x7fff_ffff : 20_261_128),
);

/** Prints what a trial measured, for `npm run faults`. */
export function showFigures(figures: Readonly<Record<string, unknown>>): void {
  if (isWholeTrial) process.stdout.write(`${JSON.stringify({ seed: TRIAL_SEED, ...figures })}\n`);
}
