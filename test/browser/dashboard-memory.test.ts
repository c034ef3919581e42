/** The dashboard over weeks: neither its memory nor its elements grow with the sales that it has shown. */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { systemContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import type { PublishedEvent } from '#kernel/events/bus';
import { builtPages } from '#test/harness/built-pages';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { chromiumPath, startBrowser } from './browser';
import { signIn } from './dashboard-page';

const executable = chromiumPath();
const describeInBrowser = executable ? describe : describe.skip;

/** More sales than the list of the latest has rows. */
const SALES = 30;
const EVENTS = 1_200;
/** Events of one transaction: fewer than may wait for a client. */
const BATCH = 250;
/** The dashboard reads figures again three seconds after a sale; their answers are part of its memory. */
const SETTLED_MS = 4_500;
const MAX_GROWTH_BYTES = 1_000_000;

interface Size {
  /** Bytes of the page's scripts after a collection of their garbage. */
  readonly heap: number;
  /** Nodes of the page, those that are not shown any more but still referred to among them. */
  readonly nodes: number;
  readonly listeners: number;
}

/** Measures a page at rest. */
async function sizeOf(page: Page): Promise<Size> {
  await page.waitForTimeout(SETTLED_MS);
  const protocol = await page.context().newCDPSession(page);
  await protocol.send('HeapProfiler.collectGarbage');
  const { usedSize } = await protocol.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await protocol.send('Memory.getDOMCounters');
  await protocol.detach();
  return { heap: usedSize, nodes, listeners: jsEventListeners };
}

/** Sells a kilogram of coffee so many times. @returns the events of the sales. */
async function sellMany(platform: TestPlatform): Promise<PublishedEvent[]> {
  const events: PublishedEvent[] = [];
  const unsubscribe = platform.services.bus.subscribe('sale.completed', (event) => events.push(event));
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'cashier@pospro.com', password: 'secure123' },
  });
  const { access_token: token } = login.body as { access_token: string };
  const registers = await platform.rest('GET', '/api/v1/pos/registers', { token });
  const { items } = registers.body as { items: { id: string; session: object | null }[] };
  const sales = Array.from({ length: SALES }, () => ({
    client_reference: randomUUID(),
    register_id: items.find(({ session }) => session)!.id,
    created_at: new Date().toISOString(),
    items: [{ barcode: '123456789', quantity: '1' }],
    payments: [{ method: 'card', amount: '12.5' }],
  }));
  const booked = await platform.rest('POST', '/api/v1/pos/offline-sales', { token, body: { sales } });
  expect(booked.body).toMatchObject({ results: sales.map(() => ({ status: 'created' })) });
  await eventually(
    () => events.length === SALES,
    () => `${events.length} of ${SALES} sales`,
  );
  unsubscribe();
  return events;
}

/** Emits events again, one after the other and from the first again, through the outbox as all are. */
async function emitAgain({ services }: TestPlatform, events: PublishedEvent[], count: number): Promise<void> {
  await transact(systemContext(services, events[0]!.organizationId, { address: 'test' }), (tx) => {
    for (let at = 0; at < count; at += 1) {
      const { type, key, payload, branchId } = events[at % events.length]!;
      tx.emit({ type, key, payload, ...(branchId !== undefined && { branchId }) });
    }
    return Promise.resolve();
  });
}

describeInBrowser(`in Chromium${executable ? '' : ' (skipped: it is not installed here)'}`, () => {
  let platform: TestPlatform;
  let browser: Browser;
  beforeAll(async () => {
    await builtPages();
    [platform, browser] = await Promise.all([startTestPlatform({ demoDays: 1 }), startBrowser(executable!)]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  it('is as large after five times as many sales', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    let shown = 0;
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('"saleCompleted"')) shown += 1;
      }),
    );
    await page.goto(`${platform.url}/dashboard`);
    await signIn(page, 'manager');
    const events = await sellMany(platform);
    await eventually(
      () => shown === SALES,
      () => `${shown} of ${SALES} sales`,
    );
    const show = async (count: number) => {
      const end = shown + count;
      while (shown < end) {
        const next = Math.min(shown + BATCH, end);
        await emitAgain(platform, events, next - shown);
        await eventually(
          () => shown === next,
          () => `${shown} of ${next} events`,
        );
      }
    };
    await show(EVENTS);
    const before = await sizeOf(page);
    await show(4 * EVENTS);
    const after = await sizeOf(page);
    expect(after.nodes).toBe(before.nodes);
    expect(after.listeners).toBe(before.listeners);
    expect(after.heap - before.heap).toBeLessThan(MAX_GROWTH_BYTES);
    await page.close();
  }, 120_000);
});
