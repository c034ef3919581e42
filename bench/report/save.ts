/** Writes the figures of a run, and everything that is generated from them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { performancePage } from './page';
import { writePlots } from './plots';
import {
  git,
  isSameSize,
  readCommitted,
  RESULTS_FILE,
  ROOT,
  type Results,
  type SizedResults,
} from './results';

const PAGE = 'docs/PERFORMANCE.md';

/**
 * Replaces the measured rows in their places, keeps the others, and writes the figures, the page and its plots. Rows of a run that measured
 * only some of them have the facts of their own run.
 * @param load of the machine before the run.
 */
export async function saveResults(
  results: readonly SizedResults[],
  secondsASide: number,
  load: number,
): Promise<void> {
  const stored = existsSync(path.join(ROOT, RESULTS_FILE))
    ? (JSON.parse(readFileSync(path.join(ROOT, RESULTS_FILE), 'utf8')) as Results)
    : undefined;
  const storedRows = stored?.rows ?? [];
  const isSame = (a: SizedResults) => (b: SizedResults) => a.name === b.name && isSameSize(a.size, b.size);
  const own = { commit: describeCommit(), measuredAt: new Date().toISOString(), secondsASide };
  const isWhole = storedRows.every((row) => results.some(isSame(row)));
  const measured = isWhole
    ? results
    : results.map((row) => ({ ...row, run: { ...own, load, processors: os.cpus().length } }));
  const newRows = measured.filter((row) => !storedRows.some(isSame(row)));
  const { commit, measuredAt, secondsASide: seconds } = stored && !isWhole ? stored : own;
  const all: Results = {
    machine: describeMachine(),
    commit,
    measuredAt,
    secondsASide: seconds,
    rows: [...storedRows.map((row) => measured.find(isSame(row)) ?? row), ...newRows].map(rounded),
  };
  await writeFormatted(RESULTS_FILE, JSON.stringify(all), 'json');
  await writeFormatted(PAGE, performancePage(all, readCommitted()), 'markdown');
  writePlots(all, path.join(ROOT, 'docs/performance'));
  console.log(`\nWritten: ${RESULTS_FILE}, ${PAGE}, docs/performance/*.svg`);
}

const DIGITS = 4;

function rounded(row: SizedResults): SizedResults {
  const text = JSON.stringify(row, (_key, value: unknown) =>
    typeof value === 'number'
      ? Number(value.toPrecision(Math.max(DIGITS, String(Math.trunc(value)).length)))
      : value,
  );
  return JSON.parse(text) as SizedResults;
}

async function writeFormatted(file: string, text: string, parser: 'json' | 'markdown'): Promise<void> {
  const config = await resolveConfig(path.join(ROOT, file));
  writeFileSync(path.join(ROOT, file), await format(text, { ...config, parser }));
}

function describeMachine(): string {
  const [cpu] = os.cpus();
  const memory = Math.round(os.totalmem() / 1024 ** 3);
  return `${os.cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${memory} GB, ${os.platform()}, Node ${process.versions.node}`;
}

function describeCommit(): string {
  try {
    const changed =
      git('status', '--porcelain', '--', 'kernel', 'gateway', 'subgraphs', 'sofa', 'prisma') !== '';
    return git('rev-parse', '--short', 'HEAD').trim() + (changed ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}
