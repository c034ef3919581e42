/**
 * How long an import of many rows takes, and how much memory: `npx tsx bench/import.ts [rows]` (100,000 where left out), as CSV and as
 * XLSX, each into a fresh organization. On an embedded PostgreSQL of its own with the settings of `npm start`.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startEmbedded } from '../kernel/db/embedded';
import { applyMigrations } from '../kernel/db/migrate';
import { importJob } from '../subgraphs/catalog/importJobs';
import { bulkCreateProducts } from '../subgraphs/catalog/imports';
import { openShop } from '../test/catalog/kit';
import { workbook } from '../test/catalog/xlsx';
import { testDatabase, type TestDatabase } from '../test/harness/database';
import { announceTemplate, asOwner, withDatabase } from '../test/harness/server';

const ROWS = Number(process.argv[2] ?? 100_000);
const HEADER = ['sku', 'name', 'price', 'barcode', 'category', 'brand'];
const megabytes = () => process.memoryUsage().rss / 1024 / 1024;

function cellsOf(index: number): string[] {
  return [
    `B-${index}`,
    `Article ${index}, boxed`,
    `${(index % 9000) / 100}`,
    `77${index}`,
    `Hall ${index % 12} > Shelf ${index % 60}`,
    `Brand ${index % 80}`,
  ];
}

function* csv(): Generator<Buffer> {
  yield Buffer.from(`${HEADER.join(',')}\n`);
  for (let index = 0; index < ROWS; index += 1)
    yield Buffer.from(
      `${cellsOf(index)
        .map((cell) => `"${cell}"`)
        .join(',')}\n`,
    );
}

async function measure(db: TestDatabase, format: string, stream: Readable): Promise<void> {
  const shop = await openShop(db);
  const before = megabytes();
  const start = performance.now();
  let peak = before;
  let job = await bulkCreateProducts(shop.ctx(), {
    file: { filename: `bench.${format}`, contentType: 'application/octet-stream', stream },
  });
  while (job.status === 'running') {
    await sleep(200);
    peak = Math.max(peak, megabytes());
    job = await importJob(shop.ctx(), job.id);
  }
  const seconds = (performance.now() - start) / 1000;
  const memory = `memory ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at its highest`;
  console.log(
    `${format}: ${job.created} of ${ROWS} rows ${job.status} in ${seconds.toFixed(1)} s, ${(ROWS / seconds).toFixed(0)} a second; ${memory}`,
  );
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-bench-'));
  chmodSync(folder, 0o755);
  const server = await startEmbedded({ dataDir: folder, log: pino({ level: 'warn' }) });
  try {
    await asOwner(server.url, 'create database bench_template');
    await applyMigrations(withDatabase(server.url, 'bench_template'));
    announceTemplate({ serverUrl: server.url, name: 'bench_template' });
    const db = await testDatabase();
    await measure(db, 'csv', Readable.from(csv(), { objectMode: false }));
    const rows = Array.from({ length: ROWS }, (_, index) => cellsOf(index));
    const book = await workbook([HEADER, ...rows]);
    await measure(db, 'xlsx', Readable.from([book], { objectMode: false }));
    await db.close();
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
