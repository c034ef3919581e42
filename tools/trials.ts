/**
 * Runs the trials of docs/RELIABILITY.md at their whole size, by the script that package.json names. CI runs the same tests with less of
 * each. A size and a seed may follow the name of a trial: `documents 20 --seed 7`. With `--unsafe` the trial of crashes must fail.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_FAILED, runTool, say } from './run-tool';

/** The exit code of a trial that did not hold. */
const EXIT_BROKEN = 1;

/** The whole size of each trial, by the name of its test file. */
const WHOLE_SIZES: Readonly<Record<string, number>> = {
  crashes: 20,
  documents: 5_000,
  routes: 20,
  'two-processes': 60,
  history: 5_000,
  sockets: 10_000,
  // In minutes.
  soak: 10,
};

/** Runs the test of a trial. @returns whether it held. */
async function holds(name: string, env: Readonly<Record<string, string>>): Promise<boolean> {
  const root = path.resolve(__dirname, '..');
  const jest = [
    path.join(root, 'node_modules/jest/bin/jest.js'),
    '--runInBand',
    `test/faults/${name}.test.ts`,
  ];
  const child = spawn(process.execPath, jest, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

runTool(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, unsafe: { type: 'boolean' } },
  });
  const [name = '', size = WHOLE_SIZES[name]] = positionals;
  if (!(name in WHOLE_SIZES)) {
    say(`Name one of these: ${Object.keys(WHOLE_SIZES).join(', ')}.`);
    process.exitCode = EXIT_FAILED;
    return;
  }
  const { seed, unsafe } = values;
  const env = {
    FAULTS_SIZE: String(size),
    ...(seed !== undefined && { FAULTS_SEED: seed }),
    // PostgreSQL acknowledges commits before they are on its disk.
    ...(unsafe && { FAULTS_UNSAFE: 'true' }),
  };
  if (!(await holds(name, env))) process.exitCode = EXIT_BROKEN;
});
