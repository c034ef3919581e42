/**
 * The measuring instrument of PosPro: `npm run bench`. It starts a PostgreSQL of its own, fills it, and measures each row of
 * docs/PERFORMANCE.md with PosPro and with a bare twin in the same run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster, type Cluster } from './fixture/cluster';
import { readFixture, signIn } from './fixture/fixture';
import { DEFAULT_SIZE, SCALE_SIZES, type FixtureSize } from './fixture/size';
import { readOptions, USAGE, type Options } from './options';
import { buildPlatform, startPlatform } from './processes/child';
import { printResult } from './report/print';
import { readCommitted, type SizedResults } from './report/results';
import { saveResults } from './report/save';
import type { Bench, Row, RowResult } from './row';
import { ROWS } from './rows/index';

const EXIT_ABORTED = 130;

async function main(options: Options): Promise<void> {
  const rows = chooseRows(options);
  const load = loadavg()[0]!;
  const dataDir = mkdtempSync(path.join(tmpdir(), 'pospro-bench-'));
  await buildPlatform();
  const cluster = await startCluster((message) => console.log(`${message} …`));
  const committed = readCommitted();
  const results: SizedResults[] = [];
  try {
    const runSizes = options.scale ? SCALE_SIZES : [DEFAULT_SIZE];
    const sizes = new Set([...runSizes, ...rows.flatMap(({ size = [] }) => size)]);
    for (const size of sizes) {
      const rowsOfSize = rows.filter((row) => (row.size ? row.size === size : runSizes.includes(size)));
      if (rowsOfSize.length === 0) continue;
      const bench = await openBench(cluster, size, dataDir, options.seconds);
      for (const row of rowsOfSize) {
        for (const result of await measureRow(row, bench)) {
          printResult(result, size, committed);
          results.push({ ...result, size });
        }
      }
    }
  } finally {
    await cluster.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  if (!options.dry) await saveResults(results, options.seconds, load);
}

/** A row that fails keeps none of the others from being measured and written. */
async function measureRow(row: Row, bench: Bench): Promise<RowResult[]> {
  try {
    return await row.measure(bench);
  } catch (error) {
    console.error(`\n${row.name} failed:`);
    fail(error);
    return [];
  }
}

/** @throws Error for an unknown name. */
function chooseRows({ rows: names, scale }: Options): readonly Row[] {
  const unknownName = names.find((name) => !ROWS.some((row) => row.name === name));
  if (unknownName !== undefined)
    throw new Error(
      `There is no row "${unknownName}". Rows: ${ROWS.map(({ name }) => name).join(', ')}\n\n${USAGE}`,
    );
  return ROWS.filter((row) => (names.length === 0 || names.includes(row.name)) && (!scale || row.scales));
}

async function openBench(
  cluster: Cluster,
  size: FixtureSize,
  dataDir: string,
  seconds: number,
): Promise<Bench> {
  const databaseUrl = await cluster.copyDatabase(size);
  const fixture = await readFixture(databaseUrl);
  // The first start of the platform prepares its logins in the database.
  const platform = await startPlatform(databaseUrl, dataDir);
  const token = await signIn(platform);
  await platform.stop();
  return { cluster, databaseUrl, size, fixture, token, dataDir, seconds };
}

// By default a signal ends the process without its exit handlers, and PostgreSQL would be left behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT_ABORTED));

try {
  main(readOptions(process.argv.slice(2))).catch(fail);
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
}
