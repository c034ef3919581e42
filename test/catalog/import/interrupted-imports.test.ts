/** Imports whose process stops, dies or is paused: a repetition of the request continues them, and without one they end. */
import { randomUUID } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { ImportJobRow } from '#kernel/import/import-jobs';
import { endInterruptedJobs, holdLease } from '#kernel/import/job-lease';
import { stopImports } from '#kernel/import/start-import';
import { importJob, listImportJobs } from '#subgraphs/catalog/import/bulk-operations';
import { listProducts } from '#subgraphs/catalog/products/products.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { eventsPublished } from '#test/harness/events';
import { endOfImport } from '#test/harness/imports';
import { eventually } from '#test/harness/patience';
import { bulkCreateProducts } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { csvFile } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  shop = await openShop(db);
});
afterAll(() => db.close());

const ITEMS = ['A', 'B', 'C'].map((sku) => ({ sku, name: `Product ${sku}`, price: 1 }));
const KEY = { idempotencyKey: 'goods of today' };
const send = () => bulkCreateProducts(shop.request(KEY), { items: ITEMS });
const counts = ({ status, processed, created, updated }: ImportJobRow) => ({
  ...{ status, processed, created, updated },
});

/** Leaves a job as a process does that is killed after its first row. @param leaseSeconds the rest of its lease. */
async function kill(ctx: RequestContext, jobId: string, leaseSeconds: number): Promise<void> {
  await ctx.db.run(sql`
    update import_jobs set status = 'running', processed = 1, created = 1, finished_at = null,
      lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id = ${jobId}`);
}

/** Imports a file of 10,000 rows until its first batch has been written. */
async function loadLargeFile() {
  const rows = Array.from({ length: 10_000 }, (_, index) => `S${index},Product ${index},1`);
  const file = () => csvFile(['sku,name,price', ...rows].join('\n'));
  const { id } = await bulkCreateProducts(shop.request(KEY), { file: file() });
  await eventually(async () => (await importJob(shop.ctx, id)).processed > 0);
  return { id, file };
}

it('a repetition of the request waits for the end of the lease, and continues after the rows that were taken', async () => {
  const { id } = await send();
  await kill(shop.ctx, id, 1);
  const start = performance.now();
  const job = await send();
  expect(performance.now() - start).toBeGreaterThan(900);
  // The first row is not taken again; the others had been taken before the job was set back.
  expect({ id: job.id, ...counts(job) }).toEqual({
    id,
    status: 'completed',
    processed: 3,
    created: 1,
    updated: 2,
  });
  expect(await listImportJobs(shop.ctx, {})).toMatchObject({ items: [{ id }] });
});

it('a repetition of the request leaves a job to the process that renews its lease', async () => {
  const { id } = await send();
  const runId = randomUUID();
  await kill(shop.ctx, id, 3);
  await shop.ctx.db.run(sql`update import_jobs set run_id = ${runId} where id = ${id}`);
  const release = holdLease(db.services, { jobId: id, runId, processed: 0 });
  try {
    const start = performance.now();
    expect(counts(await send())).toEqual({ status: 'running', processed: 1, created: 1, updated: 0 });
    expect(performance.now() - start).toBeLessThan(5_000);
  } finally {
    await release();
  }
});

it('a job whose process is gone ends once, and a repetition of the request continues it even then', async () => {
  const { id } = await send();
  const ends: unknown[] = [];
  await eventsPublished(shop.ctx);
  const end = db.services.bus.subscribe('import.finished', ({ key, payload }) =>
    ends.push([key, payload.status]),
  );
  await kill(shop.ctx, id, -4);
  expect(await endInterruptedJobs(db.services)).toBe(0);
  await kill(shop.ctx, id, -6);
  await Promise.all([endInterruptedJobs(db.services), endInterruptedJobs(db.services)]);
  expect(await importJob(shop.ctx, id)).toMatchObject({
    ...{ status: 'failed', processed: 1, finishedAt: expect.any(Date) as Date },
    message: 'The server was stopped after 1 rows. Send the same file again.',
  });
  const job = await send();
  expect(job).toMatchObject({ id, status: 'completed', processed: 3, message: null });
  await eventsPublished(shop.ctx);
  expect(ends).toEqual([
    [id, 'failed'],
    [id, 'completed'],
  ]);
  end();
});

it('a job that a stop of the server has ended goes on from there under its key, without a row twice', async () => {
  const { id, file } = await loadLargeFile();
  await stopImports();
  const stopped = await importJob(shop.ctx, id);
  expect([stopped.status, stopped.processed < 10_000]).toEqual(['failed', true]);
  const again = await bulkCreateProducts(shop.request(KEY), { file: file() });
  const job = await endOfImport(shop.ctx, again);
  expect({ id: job.id, ...counts(job) }).toEqual({
    ...{ id, status: 'completed', processed: 10_000, created: 10_000, updated: 0 },
  });
  expect(await (await listProducts(shop.ctx.db, {})).total()).toBe(10_000);
}, 60_000);

it('a run that was paused beyond its lease writes nothing more once another one has the job', async () => {
  const { id } = await loadLargeFile();
  await shop.ctx.db.run(sql`update import_jobs set run_id = ${randomUUID()} where id = ${id}`);
  await stopImports();
  const job = await importJob(shop.ctx, id);
  expect([job.status, job.created, job.processed < 10_000]).toEqual(['running', job.processed, true]);
  expect(await (await listProducts(shop.ctx.db, {})).total()).toBe(job.created);
}, 60_000);
