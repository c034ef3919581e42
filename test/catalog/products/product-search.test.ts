import { Client } from 'pg';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { resolveItems, insertProducts, type NewProduct } from '#subgraphs/catalog/index';
import { activateProduct } from '#subgraphs/catalog/products/products';
import { listProducts } from '#subgraphs/catalog/products/products.queries';
import { searchProducts } from '#subgraphs/catalog/products/product-search.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

const ADJECTIVES = [
  'Green',
  'Red',
  'Blue',
  'Small',
  'Large',
  'Organic',
  'Fresh',
  'Roasted',
  'Salted',
  'Sweet',
];
const NOUNS = [
  'Apple',
  'Almond',
  'Bread',
  'Butter',
  'Candle',
  'Carrot',
  'Juice',
  'Lantern',
  'Noodle',
  'Paper',
];
const COUNT = 10_000;

let db: TestDatabase;
let shop: Shop;

beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db);
  const other = await openShop(db);
  await fill(shop, COUNT);
  await fill(other, 2_000);
  const ctx = shop.ctx;
  const special: [string, string, string[]][] = [
    ['Espresso beans', 'COF-1', ['4006381333931']],
    ['Dark chocolate 70 %', 'CHO-70', []],
    ['Chocolate cake', 'CAKE', []],
    ['Earl Grey tea', 'TEA-EG', ['123456789']],
    ['Kettle for tea', 'KETTLE', []],
    ['Old tea tin', 'TEA-OLD', []],
  ];
  await transact(ctx, (tx) =>
    insertProducts(
      tx,
      ctx,
      special.map(([name, sku, barcodes]) => newProduct(shop, name, sku, barcodes)),
    ),
  );
  const old = (await listProducts(ctx.db, { sku: 'TEA-OLD' })).items[0]!;
  await activateProduct(shop.ctx, old.id, false);
  await asOwner('analyze products, variants, barcodes');
}, 120_000);
afterAll(() => db.close());

function newProduct(target: Shop, name: string, sku: string, barcodes: string[]): NewProduct {
  const { ids } = target.ctx;
  return { id: ids.next(), name, variants: [{ id: ids.next(), sku, price: amount(1), barcodes }] };
}

async function fill(target: Shop, count: number): Promise<void> {
  const products = Array.from({ length: count }, (_, index) => {
    const name = `${ADJECTIVES[index % 10]} ${NOUNS[Math.floor(index / 10) % 10]} ${Math.floor(index / 100)}`;
    return newProduct(target, name, `SKU-${String(index).padStart(6, '0')}`, [
      `X${String(index).padStart(8, '0')}`,
    ]);
  });
  const ctx = target.ctx;
  await transact(ctx, (tx) => insertProducts(tx, ctx, products));
}

async function asOwner<Row>(text: string): Promise<Row[]> {
  const client = new Client(db.url);
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

const names = async (text: string, size = 20) =>
  (await searchProducts(shop.ctx.db, text, { size })).items.map(({ name }) => name);

describe('the search of a till', () => {
  it('puts an exact SKU or barcode first', async () => {
    expect(await names('tea-eg')).toEqual(['Earl Grey tea']);
    expect(await names('123456789')).toEqual(['Earl Grey tea']);
    expect(await names('04006381333931')).toEqual(['Espresso beans']);
    expect((await names('sku-000042'))[0]).toBe('Blue Candle 0');
  });

  it('finds the beginning of a SKU, of a barcode, of the name, and of every word, in this order', async () => {
    expect(await names('cho')).toEqual(['Dark chocolate 70 %', 'Chocolate cake']);
    expect((await names('40063'))[0]).toBe('Espresso beans');
    expect(await names('tea', 3)).toEqual(['Earl Grey tea', 'Kettle for tea']);
    expect(await names('grey ear')).toEqual(['Earl Grey tea']);
    expect((await names('green apple 7')).slice(0, 2)).toEqual(['Green Apple 7', 'Green Apple 70']);
  });

  it.each([
    ['expresso', 'Espresso beans'],
    ['espreso', 'Espresso beans'],
    ['choclate cake', 'Chocolate cake'],
    ['kettel', 'Kettle for tea'],
    ['earl gray', 'Earl Grey tea'],
  ])('forgives %s', async (text, name) => {
    expect((await names(text))[0]).toBe(name);
  });

  it('shows nothing that is inactive, deleted or another organization’s, and nothing for nothing', async () => {
    expect(await names('old tea')).not.toContain('Old tea tin');
    expect(await names('')).toEqual([]);
    expect(await names(' %_ ')).toEqual([]);
    expect(await names('zzzzqqqq')).toEqual([]);
    const stranger = await openShop(db);
    expect((await searchProducts(stranger.ctx.db, 'apple')).items).toEqual([]);
    expect((await searchProducts(db.services.database.forOrganization(undefined), 'apple')).items).toEqual(
      [],
    );
  });

  it('gives pages of up to 200 matches', async () => {
    const first = await searchProducts(shop.ctx.db, 'apple', { size: 150 });
    const second = await searchProducts(shop.ctx.db, 'apple', { page: 2, size: 150 });
    expect([first.items.length, second.items.length, await first.total(), await first.pages()]).toEqual([
      150, 50, 200, 2,
    ]);
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(200);
    await expectError('VALIDATION_FAILED', searchProducts(shop.ctx.db, 'apple', { size: 1_001 }));
    await expectError('VALIDATION_FAILED', searchProducts(shop.ctx.db, 'apple', { page: 0 }));
  });

  it('never fails, whatever is typed', async () => {
    for (const text of [
      "'; drop table products; --",
      '\\',
      '%',
      '\u0000',
      '\ud800',
      'x'.repeat(5000),
      '🍏',
      '(((',
      "l'été",
    ]) {
      expect(Array.isArray(await names(text))).toBe(true);
    }
  });

  it('counts what it found on any page, and leaves out what is not sold', async () => {
    const beyond = await searchProducts(shop.ctx.db, 'apple', { page: 9, size: 150 });
    expect([beyond.items, await beyond.total(), await beyond.pages()]).toEqual([[], 200, 2]);
    const old = await searchProducts(shop.ctx.db, 'tea-old');
    expect([old.items.map(({ sku }) => sku).sort(), await old.total()]).toEqual([['KETTLE', 'TEA-EG'], 2]);
  });

  it('finds a rare word beside one that stands in a thousand names', async () => {
    expect((await names('butter 71 fresh'))[0]).toBe('Fresh Butter 71');
    expect((await names('apple green')).slice(0, 2)).toEqual(['Green Apple 0', 'Green Apple 1']);
  });
});

/** Reads of whole tables, and reads of the trigram index, since the tables were made. */
interface Scans {
  whole: number;
  trigram: number;
}

describe('what serves the searches', () => {
  async function scans(): Promise<Scans> {
    // A connection hands its counts in at the end of a transaction, a second after the last time at the earliest.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await Promise.all(Array.from({ length: 10 }, () => shop.ctx.db.one(sql`select 1 as one`)));
    const [row] = await asOwner<{ whole: string; trigram: string }>(`
      select sum(seq_scan) as whole, (select idx_scan from pg_stat_user_indexes where indexrelname = 'products_search_idx') as trigram
      from pg_stat_user_tables where relname in ('products', 'variants', 'barcodes')`);
    return { whole: Number(row!.whole), trigram: Number(row!.trigram) };
  }

  it('is an index for words and for what is similar, under row-level security', async () => {
    const ctx = shop.ctx;
    const before = await scans();
    for (const text of [
      'appl',
      'organic noodle 5',
      'espreso',
      'kettel',
      'sku-0042',
      'X00000042',
      'ppl',
      '牛',
      'молоко',
      'ap',
    ])
      await searchProducts(ctx.db, text);
    const after = await scans();
    expect(after.whole - before.whole).toBe(0);
    expect(after.trigram - before.trigram).toBeGreaterThanOrEqual(8);
  });

  it('is an index for every line of a basket', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => index * 7);
    const references = lines.map((line) =>
      line % 2 === 0
        ? { barcode: `X${String(line).padStart(8, '0')}` }
        : { sku: `SKU-${String(line).padStart(6, '0')}` },
    );
    const ctx = shop.ctx;
    const before = await scans();
    for (let round = 0; round < 10; round += 1) {
      expect((await resolveItems(ctx, ctx.db, references, shop.branchId)).every(Boolean)).toBe(true);
    }
    expect((await scans()).whole - before.whole).toBe(0);
  });
});

describe('lists', () => {
  it('follow a cursor through everything, in every order', async () => {
    const ctx = shop.ctx;
    for (const sort of ['name', '-sku', 'price', '-created_at', 'updatedAt']) {
      const seen = new Set<string>();
      let cursor: string | null = null;
      for (let pages = 0; pages < 4; pages += 1) {
        const page = await listProducts(ctx.db, {
          categoryId: null,
          search: 'lantern',
          size: 300,
          sort,
          cursor,
        });
        for (const { id } of page.items) seen.add(id);
        cursor = page.nextCursor;
      }
      expect([seen.size, cursor]).toEqual([1000, null]);
    }
  });

  it('sort and narrow down', async () => {
    const { db: queryable } = shop.ctx;
    const page = await listProducts(queryable, { sort: '-name', size: 2, page: 2 });
    expect(page.items.map(({ name }) => name)).toEqual(['Sweet Paper 97', 'Sweet Paper 96']);
    expect(await page.total()).toBe(COUNT + 6);
    expect((await listProducts(queryable, { active: false })).items.map(({ name }) => name)).toEqual([
      'Old tea tin',
    ]);
    expect(
      (await listProducts(queryable, { barcode: '004006381333931'.slice(1) })).items.map(({ sku }) => sku),
    ).toEqual(['COF-1']);
    expect((await listProducts(queryable, { sku: 'cof-1' })).items).toHaveLength(1);
    expect((await listProducts(queryable, { brandId: 'no-uuid' })).items).toEqual([]);
    expect((await listProducts(queryable, { updatedSince: new Date(Date.now() + 60_000) })).items).toEqual(
      [],
    );
    await expectError('VALIDATION_FAILED', listProducts(queryable, { sort: 'colour' }));
    await expectError('VALIDATION_FAILED', listProducts(queryable, { size: 0 }));
    await expectError('CURSOR_INVALID', listProducts(queryable, { cursor: 'x' }));
  });
});
