/**
 * Generates a batch of discount codes and streams it as CSV, in a process whose heap is too small for the rows as a whole, and prints
 * what arrived, when the pages were read, how much memory was in use meanwhile, and what an abort ended.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Decimal } from '#kernel/decimal';
import { createCampaign } from '#subgraphs/marketing/campaigns/campaigns';
import { generateDiscountCodes } from '#subgraphs/marketing/codes/discount-codes';
import { signedInOwner } from '#test/harness/actors';
import { startTestPlatform } from '#test/harness/platform';
import { statementsOf } from '#test/harness/statements';

const CODES = 100_000;
/** Lines between two looks at the memory. */
const SAMPLE = 10_000;
const MEGABYTE = 1_048_576;

/** Pages of codes that are read from the database meanwhile. */
async function pagesOf(work: () => Promise<unknown>): Promise<number> {
  const statements = await statementsOf(work);
  return statements.filter(({ text }) => text.includes('from discount_codes c')).length;
}

/** Bytes in use after a full collection, those outside of the heap included. */
function bytesInUse(): number {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

interface Reading {
  readonly chunks: ReadableStreamDefaultReader<Uint8Array>;
  readonly abort: AbortController;
}

async function startReading(url: string, token: string): Promise<Reading> {
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await fetch(url, { headers, signal: abort.signal });
  return { chunks: body!.getReader(), abort };
}

/** Reads the file to its end, and keeps only its codes. */
async function readCodes({ chunks }: Reading, first: Uint8Array) {
  const codes = new Set<string>();
  const decoder = new TextDecoder();
  const bytes: number[] = [];
  let lines = 0;
  let rest = '';
  for (let chunk: Uint8Array | undefined = first; chunk; chunk = (await chunks.read()).value) {
    const whole = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = whole.pop()!;
    for (const line of whole) {
      lines += 1;
      // The header is the first line.
      if (lines > 1) codes.add(line.split(',')[1]!);
      if (lines % SAMPLE === 0) bytes.push(bytesInUse());
    }
  }
  const grown = Math.max(...bytes) - bytes[0]!;
  return { lines, codes: codes.size, samples: bytes.length, grownBy: Math.round(grown / MEGABYTE) };
}

/** Reads the file's first bytes and aborts. @returns the pages that were read until no more were. */
async function abortedPages(url: string, token: string): Promise<number> {
  let pages = await pagesOf(async () => {
    const { chunks, abort } = await startReading(url, token);
    await chunks.read();
    abort.abort();
  });
  for (;;) {
    const more = await pagesOf(() => sleep(500));
    if (more === 0) return pages;
    pages += more;
  }
}

async function main(): Promise<void> {
  const platform = await startTestPlatform();
  try {
    const { token, owner } = await signedInOwner(platform.services);
    const action = { type: 'percent', percent: new Decimal(10) } as const;
    const campaign = await createCampaign(owner.ctx, { name: 'Welcome', requiresCode: true, action });
    // Without HTTP: on a busy machine so many codes may take longer than a request is given.
    const batch = await generateDiscountCodes(owner.ctx, { campaignId: campaign.id, count: CODES });
    const url = `${platform.url}/api/v1/discounts/codes?batch_id=${batch.id}&format=csv`;
    let reading: Reading | undefined;
    let first: Uint8Array | undefined;
    const pagesBeforeFirstByte = await pagesOf(async () => {
      reading = await startReading(url, token);
      first = (await reading.chunks.read()).value;
    });
    let read: Awaited<ReturnType<typeof readCodes>> | undefined;
    const pagesAfter = await pagesOf(async () => void (read = await readCodes(reading!, first!)));
    const aborted = await abortedPages(url, token);
    process.stdout.write(JSON.stringify({ ...read, pagesBeforeFirstByte, pagesAfter, aborted }));
  } finally {
    await platform.stop();
  }
}

void main();
