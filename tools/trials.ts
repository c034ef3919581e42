/**
 * Runs the trials of docs/RELIABILITY.md at their whole size, by the script that package.json names. CI runs the same tests with less of
 * each. A size and a seed may follow the name of a trial: `documents 20 --seed 7`. With `--unsafe` the trial of crashes must fail.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_FAILED, runTool, say } from './run-tool';

/** The exit code of a trial that did not hold. */
const EXIT_BROKEN = 1;

interface TrialOptions {
  readonly size: string | undefined;
  readonly seed: string | undefined;
  /** Whether PostgreSQL acknowledges commits before they are on its disk. */
  readonly unsafe: boolean | undefined;
}

/** @returns whether the trial held. */
type Trial = (options: TrialOptions) => Promise<boolean>;

const TRIALS: Readonly<Record<string, Trial>> = {
  crashes: testAt('crashes', 20),
  documents: testAt('documents', 5_000),
  routes: testAt('routes', 20),
  'two-processes': testAt('two-processes', 60),
  history: testAt('history', 5_000),
  sockets: testAt('sockets', 10_000),
  // In minutes.
  soak: testAt('soak', 10),
};

/** A trial that is a test with a larger size. */
function testAt(name: string, wholeSize: number): Trial {
  return ({ size = String(wholeSize), seed, unsafe }) =>
    new Promise((resolve, reject) => {
      const root = path.resolve(__dirname, '..');
      const jest = [
        path.join(root, 'node_modules/jest/bin/jest.js'),
        '--runInBand',
        `test/faults/${name}.test.ts`,
      ];
      const env = {
        ...process.env,
        FAULTS_SIZE: size,
        ...(seed !== undefined && { FAULTS_SEED: seed }),
        ...(unsafe && { FAULTS_UNSAFE: 'true' }),
      };
      const child = spawn(process.execPath, jest, { cwd: root, env, stdio: 'inherit' });
      child.once('error', reject);
      child.once('exit', (code) => resolve(code === 0));
    });
}

runTool(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, unsafe: { type: 'boolean' } },
  });
  const [name = '', size] = positionals;
  const trial = TRIALS[name];
  if (!trial) {
    say(`Name one of these: ${Object.keys(TRIALS).join(', ')}.`);
    process.exitCode = EXIT_FAILED;
    return;
  }
  if (!(await trial({ size, seed: values.seed, unsafe: values.unsafe }))) process.exitCode = EXIT_BROKEN;
});
