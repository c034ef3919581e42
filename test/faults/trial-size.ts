/** The size of a trial. `npm run faults` asks for the whole one, CI for as much as takes seconds. */

/** @param inCI the number without `npm run faults`. */
export function trialSize(inCI: number): number {
  return Number(process.env.FAULTS_SIZE ?? inCI);
}

/** The seed of random input; a failure prints it, and `npm run faults -- NAME --seed N` tries the same again. */
export const TRIAL_SEED = Number(process.env.FAULTS_SEED ?? Date.now() % 0x7fff_ffff);
