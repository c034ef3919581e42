/**
 * Exports a large list of orders and imports a large file of products, in a process whose heap is too small for either as a whole, and
 * prints what was read and how many statements each took.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LOGIN, seed } from '#bench/fixture/seed';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { statementsOf } from '#test/harness/statements';

const ORDERS = 20_000;
const ROWS = 20_000;

interface Job {
  readonly id: string;
  readonly status: string;
}

async function exportOrders({ url }: TestPlatform, token: string) {
  let lines = 0;
  const statements = await statementsOf(async () => {
    const response = await fetch(`${url}/api/v1/orders?format=csv`, {
      headers: { authorization: `Bearer ${token}` },
    });
    for await (const chunk of response.body! as unknown as AsyncIterable<Uint8Array>)
      for (const byte of chunk) if (byte === 10) lines += 1;
  });
  const reads = (table: string) => statements.filter(({ text }) => text.includes(`from ${table} `)).length;
  return { lines, pages: reads('orders'), ofLines: reads('order_lines') };
}

async function importProducts({ url }: TestPlatform, token: string) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
  const rows = Array.from({ length: ROWS }, (_, at) => `LARGE-${at},Article number ${at},1.50,CODE${at}\n`);
  const body = `sku,name,price,barcode\n${rows.join('')}`;
  const answers: unknown[] = [];
  const statements = await statementsOf(async () => {
    const answered = await fetch(`${url}/api/v1/products/bulk-create`, { method: 'POST', headers, body });
    let job = (await answered.json()) as Job;
    answers.push(answered.status, job.status);
    while (job.status === 'running') {
      await sleep(100);
      job = (await (await fetch(`${url}/api/v1/product-imports/${job.id}`, { headers })).json()) as Job;
    }
    answers.push(job);
  });
  const [status, first, job] = answers;
  const inserts = (start: string) => statements.filter(({ text }) => text.trim().startsWith(start)).length;
  const perTable = ['products', 'variants', 'barcodes'].map((table) => inserts(`insert into ${table} `));
  return { status, first, job, perTable, batches: inserts('update import_jobs set processed') };
}

async function main(): Promise<void> {
  const platform = await startTestPlatform();
  try {
    await seed(platform.services.config.databaseUrl!, { products: 50, orders: ORDERS });
    const { body } = await platform.rest('POST', '/api/v1/auth/login', { body: LOGIN });
    const { access_token: token } = body as { access_token: string };
    const exported = await exportOrders(platform, token);
    const imported = await importProducts(platform, token);
    process.stdout.write(JSON.stringify({ exported, imported }));
  } finally {
    await platform.stop();
  }
}

void main();
