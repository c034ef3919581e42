/** Scans and sales with cached items: as many statements as they need, and the answers of a process that has cached nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { pino } from 'pino';
import { Caches } from '#kernel/cache';
import type { RequestContext } from '#kernel/context';
import { MemoryBus } from '#kernel/events/memory-bus';
import { createBranch, updateBranch } from '#subgraphs/auth/branches';
import { updateOrganization } from '#subgraphs/auth/organizations';
import { updatePaymentMethod } from '#subgraphs/payments/payment-methods';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { tillTerms } from '#subgraphs/orders/basket/selling-terms';
import { scanProduct } from '#subgraphs/pos/scanning/scan-product';
import { updateTillSettings } from '#subgraphs/registers/index';
import { BARCODES, CATALOG_CHANGES, SKUS, changeCatalog } from '#test/harness/catalog-changes';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';

let db: TestDatabase;
let dataDir: string;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'pospro-cached-'));
  (db.services as { config: object }).config = { ...db.services.config, dataDir };
});
beforeEach(async () => {
  till = await openTill(db);
});
afterAll(async () => {
  await db.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** The same request in a process that has cached nothing. */
const uncached = (ctx: RequestContext): RequestContext => ({
  ...ctx,
  caches: new Caches(ctx.clock, new MemoryBus(pino({ level: 'silent' }))),
});
const basket = (items: { sku: string; quantity?: number }[]) => ({
  registerId: till.registerId,
  items: items.map(({ sku, quantity = 1 }) => ({ sku, quantity: amount(quantity) })),
  paymentMethod: 'cash' as const,
});
const textsOf = async (work: () => Promise<unknown>) => (await statementsOf(work)).map(({ text }) => text);

it('a scan costs one statement, the stock of the item', async () => {
  await scanProduct(till.ctx, '4006381333931');
  const statements = await textsOf(() => scanProduct(till.ctx, '4006381333931'));
  expect(statements).toEqual([expect.stringContaining('stock_levels')]);
});

it('a sale reads no catalogue', async () => {
  const sell = () => checkout(till.ctx, basket([{ sku: 'TEA', quantity: 2 }, { sku: 'BREAD' }]));
  await sell();
  const statements = await textsOf(sell);
  expect(statements.filter((text) => /from (variants|products|price_lists|tax_classes)/.test(text))).toEqual(
    [],
  );
});

it('scans, previews and sales equal those of a process without caches, after random changes', async () => {
  const answer = async (work: Promise<unknown>) =>
    work.then(
      (value) => JSON.parse(JSON.stringify(value)) as unknown,
      (error: { code?: string; message: string }) => `${error.code ?? ''} ${error.message}`,
    );
  const compare = async () => {
    const answers = async (ctx: RequestContext) => [
      ...(await Promise.all(BARCODES.map((code) => answer(scanProduct(ctx, code))))),
      ...(await Promise.all(
        SKUS.map((sku) => answer(calculateCheckout(ctx, basket([{ sku, quantity: 3 }, { sku: 'TEA' }])))),
      )),
      await answer(validateCheckout(ctx, basket(SKUS.map((sku) => ({ sku }))))),
    ];
    expect(await answers(till.ctx)).toEqual(await answers(uncached(till.ctx)));
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...CATALOG_CHANGES), fc.nat()), { minLength: 30, maxLength: 30 }),
      async (changes) => {
        till = await openTill(db);
        for (const [mutation, seed] of changes) {
          await changeCatalog(till, mutation, seed);
          await compare();
        }
        const sold = basket([{ sku: 'TEA' }]);
        const quote = await calculateCheckout(uncached(till.ctx), sold).catch(() => undefined);
        if (quote) {
          const posted = await checkout(till.ctx, sold).catch(() => undefined);
          if (posted) expect(posted.order.total).toEqual(quote.totals.total);
        }
      },
    ),
    { numRuns: 2, endOnFailure: true },
  );
}, 120_000);

it('the terms of a branch are read again after a change of any of their settings', async () => {
  const { branchId } = till;
  const termsOf = (ctx: RequestContext) => tillTerms(ctx, ctx.db, branchId);
  const changes: ((ctx: RequestContext) => Promise<unknown>)[] = [
    (ctx) => updateOrganization(ctx, { name: 'Another name', pricesIncludeTax: false }),
    (ctx) => updateBranch(ctx, branchId, { name: 'Another branch', timeZone: 'Europe/Lisbon' }),
    (ctx) => updatePaymentMethod(ctx, 'card', { enabled: false }),
    (ctx) => updateTillSettings(ctx, { limits: [{ role: 'cashier', discountPercent: amount(10) }] }),
  ];
  for (const change of changes) {
    const before = await termsOf(till.ctx);
    await change(till.ctx);
    const after = await termsOf(till.ctx);
    expect(after).not.toEqual(before);
    expect(after).toEqual(await termsOf(uncached(till.ctx)));
  }
  const { id } = await createBranch(till.ctx, { name: 'Harbour' });
  expect((await tillTerms(till.ctx, till.ctx.db, id)).branchName).toBe('Harbour');
});
