/**
 * How long an import of many rows takes, and how much memory: `npx tsx bench/import.ts [rows]` (100,000 where left out), as CSV and as
 * XLSX, each into a fresh organization. The workbook is written by a process of its own, so that only reading it is measured.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { importJob } from '#subgraphs/catalog/import/bulk-operations';
import { openShop } from '#test/harness/shop';
import { workbook } from '#test/catalog/xlsx';
import type { TestDatabase } from '#test/harness/database';
import { runBench } from './database';
import { bulkCreateProducts } from '#test/harness/products';

const ROWS = Number(process.argv[2] ?? 100_000);
/** Where to write the workbook; given to the process that does so, and to no other. */
const BOOK = process.argv[3];
const HEADER = ['sku', 'name', 'price', 'barcode', 'category', 'brand'];
const SAMPLE_MS = 10;
const megabytes = () => process.memoryUsage.rss() / 1024 / 1024;

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
  for (let index = 0; index < ROWS; index += 1) {
    const line = cellsOf(index)
      .map((cell) => `"${cell}"`)
      .join(',');
    yield Buffer.from(`${line}\n`);
  }
}

async function writeBook(file: string): Promise<void> {
  writeFileSync(
    file,
    await workbook([HEADER, ...Array.from({ length: ROWS }, (_, index) => cellsOf(index))]),
  );
}

async function measure(db: TestDatabase, format: string, stream: Readable): Promise<void> {
  const shop = await openShop(db);
  const before = megabytes();
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, megabytes())), SAMPLE_MS);
  const start = performance.now();
  let job = await bulkCreateProducts(shop.ctx, {
    file: { filename: `bench.${format}`, contentType: 'application/octet-stream', stream },
  });
  while (job.status === 'running') {
    await sleep(100);
    job = await importJob(shop.ctx, job.id);
  }
  const seconds = (performance.now() - start) / 1000;
  clearInterval(sampler);
  const speed = `${seconds.toFixed(1)} s, ${(ROWS / seconds).toFixed(0)} a second`;
  const memory = `${before.toFixed(0)} MB at the start, ${(peak - before).toFixed(0)} MB more at the highest`;
  console.log(`${format}: ${job.created} of ${ROWS} rows ${job.status} in ${speed}; memory ${memory}`);
}

async function measureBoth(db: TestDatabase): Promise<void> {
  await measure(db, 'csv', Readable.from(csv(), { objectMode: false }));
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-book-'));
  try {
    const file = path.join(folder, 'bench.xlsx');
    const { status } = spawnSync(process.execPath, [...process.execArgv, __filename, String(ROWS), file], {
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('The workbook could not be written.');
    await measure(db, 'xlsx', createReadStream(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (BOOK !== undefined) void writeBook(BOOK);
else runBench(measureBoth);
