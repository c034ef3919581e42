/** Cached items: equal to those of the database after every change, at every moment, in every process. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { Client } from 'pg';
import { pino } from 'pino';
import { Caches } from '#kernel/cache';
import { SettableClock } from '#kernel/clock';
import { createContext, type RequestContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { MemoryBus } from '#kernel/events/memory-bus';
import { startRelay } from '#kernel/events/relay.worker';
import { resolveItems, type ItemReference } from '#subgraphs/catalog/index';
import { LABEL_TERMS } from '#subgraphs/catalog/barcodes/barcode-rules';
import { checkDigit } from '#subgraphs/catalog/barcodes/gtin.rules';
import { CATALOG_ITEMS } from '#subgraphs/catalog/selling/catalog-items';
import { createPriceList, setListedPrices } from '#subgraphs/catalog/prices/price-lists';
import { activateProduct, updateVariant } from '#subgraphs/catalog/products/products';
import { addTaxRate } from '#subgraphs/catalog/tax-classes/tax-rates';
import {
  BARCODES,
  CATALOG_CHANGES,
  CATALOG_MUTATIONS,
  SKUS,
  changeCatalog,
} from '#test/harness/catalog-changes';
import { published } from '#test/harness/events';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';
import { amount } from '#test/harness/values';

const START = new Date('2026-03-01T12:00:00Z');
/** Changes that matter most, and need others before them. */
const FREQUENT = [
  'updateVariant', 'updateProduct', 'updatePriceList', 'setPriceListPrices', 'updatePriceList', 'setPriceListPrices', 'deletePriceList',
  'addTaxRate', 'deleteTaxRate', 'updateTaxClass', 'bulkUpdatePrices', 'bulkUpdateProducts', 'importPriceList',
]; // prettier-ignore
let db: TestDatabase;
let clock: SettableClock;
let dataDir: string;
let shop: Shop;

beforeAll(async () => {
  clock = new SettableClock(START);
  db = await testDatabase({ clock });
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'pospro-items-'));
  (db.services as { config: object }).config = { ...db.services.config, dataDir };
});
beforeEach(async () => {
  clock.set(new Date());
  shop = await openShop(db, { branches: [{ name: 'Main' }, { name: 'Harbour' }] });
});
afterAll(async () => {
  await db.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** The same request in a process that has cached nothing. */
const uncached = (ctx: RequestContext): RequestContext => {
  const caches = new Caches(clock, new MemoryBus(pino({ level: 'silent' })));
  return { ...ctx, caches };
};
/** The tables of which rows are cached. */
const CACHED_TABLES = [
  'products', 'variants', 'barcodes', 'tax_classes', 'tax_rates', 'price_lists', 'price_list_entries', 'barcode_rules',
]; // prettier-ignore

/** Records the transactions that write to these tables. */
async function watchWrites({ url }: TestDatabase): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(`
    create table test_writes (xid xid8, name text);
    grant select on test_writes to pospro_system;
    create function test_write() returns trigger language plpgsql security definer as $$
    begin
      insert into test_writes values (pg_current_xact_id(), tg_table_name);
      return null;
    end $$;`);
  for (const table of CACHED_TABLES)
    await client.query(`
      create trigger test_write after insert or delete on ${table} for each row execute function test_write();
      create trigger test_update after update on ${table} for each row when (old.* is distinct from new.*) execute function test_write()`);
  await client.end();
}
const label = (body: string) => body + checkDigit(body);
const HOUR_MS = 3_600_000;

describe('after random changes through every mutation', () => {
  it('there is a change for each mutation of the catalogue', () => {
    expect(CATALOG_CHANGES).toEqual(CATALOG_MUTATIONS);
  });

  /** Something to change: items with most SKUs and barcodes, and lists with prices. */
  const stock = async (seed: number) => {
    for (let step = 0; step < 6; step += 1) {
      for (const mutation of [
        'createProduct',
        'createTaxClass',
        'createPriceList',
        'setPriceListPrices',
        'addVariant',
      ])
        await changeCatalog(shop, mutation, seed + step);
    }
  };

  it('every transaction that writes what is cached emits an event that drops it', async () => {
    await watchWrites(db);
    await stock(7);
    for (let seed = 0; seed < 6; seed += 1)
      for (const mutation of CATALOG_CHANGES) await changeCatalog(shop, mutation, seed);
    const dropping = [...CATALOG_ITEMS.drops, ...LABEL_TERMS.drops].map(({ type }) => type);
    const rows = await db.services.database.system.many<{ tables: string[]; types: string[] | null }>(sql`
      select array_agg(distinct w.name) as tables, (select array_agg(distinct e.type) from outbox_events e where e.xid = w.xid) as types
      from test_writes w group by w.xid`);
    const silent = rows.filter(({ types }) => !types?.some((type) => dropping.includes(type)));
    expect(silent).toEqual([]);
    expect([...new Set(rows.flatMap(({ tables }) => tables))].sort()).toEqual([...CACHED_TABLES].sort());
  });

  it('cached items equal those of the database', async () => {
    const references = async (): Promise<ItemReference[]> => {
      const variants = await shop.ctx.prisma.variant.findMany({ orderBy: { id: 'asc' } });
      return [
        ...SKUS.flatMap((sku) => [{ sku }, { sku, quantity: amount(4) }, { sku: `${sku}-2` }]),
        ...BARCODES.map((barcode) => ({ barcode })),
        ...['211234500350', '225432100199', '231234500350'].map((body) => ({ barcode: label(body) })),
        ...variants.flatMap(({ id, productId }) => [
          { variantId: id },
          { productId },
          { variantId: id, sku: 'TEA' },
        ]),
      ];
    };
    const compare = async () => {
      const asked = await references();
      const fresh = uncached(shop.ctx);
      for (const branchId of shop.branchIds) {
        for (const moment of [clock.now(), new Date(clock.now().getTime() + 36 * HOUR_MS)]) {
          const at = (ctx: RequestContext) => resolveItems(ctx, ctx.db, asked, branchId, moment);
          expect(await at(shop.ctx)).toEqual(await at(fresh));
        }
      }
    };
    let successes = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...CATALOG_CHANGES, ...FREQUENT), fc.nat()), {
          minLength: 25,
          maxLength: 25,
        }),
        async (changes) => {
          shop = await openShop(db, { branches: [{ name: 'Main' }, { name: 'Harbour' }] });
          await stock(changes[0]![1]);
          for (const [mutation, seed] of changes) {
            successes += Number(await changeCatalog(shop, mutation, seed));
            await compare();
          }
        },
      ),
      { numRuns: 4, endOnFailure: true },
    );
    expect(successes).toBeGreaterThan(50);
  }, 120_000);
});

describe('cached items', () => {
  beforeEach(async () => {
    shop = await openShop(db, {
      branches: [{ name: 'Main' }, { name: 'Harbour' }],
      articles: [{ sku: 'TEA', price: '3.50', tax: '7', barcode: '4006381333931' }],
    });
  });
  const find = async (
    ctx: RequestContext,
    reference: ItemReference = { sku: 'TEA' },
    branchId = shop.branchId,
  ) => (await resolveItems(ctx, ctx.db, [reference], branchId))[0];
  const priceOf = async (ctx: RequestContext = shop.ctx, branchId?: string) =>
    (await find(ctx, { sku: 'TEA' }, branchId))?.unitPrice.toFixed();
  const reprice = (price: string) => {
    const { productId, variantId } = shop.items.TEA!;
    return updateVariant(shop.ctx, productId, variantId, { price: amount(price) });
  };

  it('need no statement, by whichever name they are found', async () => {
    const { productId, variantId } = shop.items.TEA!;
    const { ctx, statements } = recorded(shop.ctx);
    await find(ctx);
    expect(statements).toHaveLength(1);
    for (const reference of [
      { sku: ' tea ' },
      { barcode: '04006381333931' },
      { productId },
      { variantId: variantId.toUpperCase() },
    ])
      // prettier-ignore
      expect((await find(ctx, reference))?.sku).toBe('TEA');
    expect(await priceOf(ctx, shop.branchIds[1])).toBe('3.5');
    expect(statements).toHaveLength(1);
  });

  it('are sold at the prices and taxes of the moment, for an hour at most', async () => {
    const hours = (count: number) => new Date(clock.now().getTime() + count * HOUR_MS);
    const promotion = {
      name: 'Happy hour', validFrom: hours(0.25), validTo: hours(0.5), branchIds: [shop.branchId],
    }; // prettier-ignore
    const { id } = await createPriceList(shop.ctx, promotion);
    const filled = published(db.services.bus, 'tax_class.changed');
    await setListedPrices(shop.ctx, id, [{ sku: 'TEA', price: amount(2) }]);
    const [taxClass] = await shop.ctx.prisma.taxClass.findMany({});
    await addTaxRate(shop.ctx, taxClass!.id, { rate: amount(9), validFrom: hours(0.5) });
    await filled;
    await find(shop.ctx);
    const { ctx, statements } = recorded(shop.ctx);
    const seen: unknown[] = [];
    const look = async () => {
      const item = await find(ctx);
      seen.push([item?.unitPrice.toFixed(), item?.taxRate.toFixed(), await priceOf(ctx, shop.branchIds[1])]);
    };
    for (let quarter = 0; quarter < 4; quarter += 1) {
      await look();
      clock.advance(HOUR_MS / 4 - 1);
      await look();
      clock.advance(1);
    }
    expect(seen).toEqual([
      ['3.5', '7', '3.5'], ['3.5', '7', '3.5'], ['2', '7', '3.5'], ['2', '7', '3.5'],
      ['3.5', '9', '3.5'], ['3.5', '9', '3.5'], ['3.5', '9', '3.5'], ['3.5', '9', '3.5'],
    ]); // prettier-ignore
    expect(statements).toHaveLength(0);
    await find(ctx);
    expect(statements).toHaveLength(1);
  });

  it('of a change are read again before its answer', async () => {
    for (const price of ['1', '2', '3']) {
      await find(shop.ctx);
      await reprice(price);
      expect(await priceOf()).toBe(price);
    }
    await activateProduct(shop.ctx, shop.items.TEA!.productId, false);
    expect(await find(shop.ctx)).toBeUndefined();
  });

  it('of a reader that was overtaken by a change are not kept', async () => {
    const slow: RequestContext['db'] = {
      ...shop.ctx.db,
      many: async (query) => {
        const rows = await shop.ctx.db.many(query);
        await reprice('9');
        return rows as never;
      },
    };
    const [item] = await resolveItems(shop.ctx, slow, [{ sku: 'TEA' }], shop.branchId);
    expect([item?.unitPrice.toFixed(), await priceOf()]).toEqual(['3.5', '9']);
  });

  it('are dropped in another process by the event', async () => {
    const bus = new MemoryBus(db.services.log);
    const other: Services = { ...db.services, bus, caches: new Caches(clock, bus) };
    const relay = await startRelay(other);
    const ctx = createContext(other, shop.actor, { requestId: 'x', address: '127.0.0.1' });
    expect(await priceOf(ctx)).toBe('3.5');
    const heard = published(other.bus, 'product.changed');
    await reprice('4');
    await heard;
    expect(await priceOf(ctx)).toBe('4');
    await relay.stop();
  });

  it('belong to their organization', async () => {
    await find(shop.ctx);
    const { variantId, productId } = shop.items.TEA!;
    const { ctx } = await openShop(db);
    for (const reference of [{ sku: 'TEA' }, { variantId }, { productId }, { barcode: '4006381333931' }])
      expect(await find(ctx, reference)).toBeUndefined();
  });
});
