/**
 * How fast the search of a till answers: `npx tsx bench/search.ts [products]` (10,000 where left out). Medians of a search by the
 * beginning of a SKU, by words and with spelling mistakes, each beside a plain lookup of a SKU in the same run; once with names as
 * a shop has them, and once with names that are all but the same, which is the hardest case for what is only similar.
 */
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { insertProducts } from '#subgraphs/catalog/index';
import { searchProducts } from '#subgraphs/catalog/products/product-search.queries';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import { asOwner } from '#test/harness/server';
import { runBench } from './database';

const COUNT = Number(process.argv[2] ?? 10_000);
const ROUNDS = 15;
const FIRST = [
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
  'Wooden',
  'Vintage',
];
const SECOND = [
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
  'Kettle',
  'Basket',
];

interface Assortment {
  title: string;
  nameOf: (index: number) => string;
  texts: Readonly<Record<string, readonly string[]>>;
}

const ASSORTMENTS: readonly Assortment[] = [
  {
    title: 'names as a shop has them',
    nameOf: (index) =>
      `${FIRST[index % 12]} ${SECOND[Math.floor(index / 12) % 12]} no. ${Math.floor(index / 144)}`,
    texts: {
      prefix: ['sku-004', 'sku-0', 's', 'sku-00999', 'x0000'],
      word: ['appl', 'green apple', 'organic noodle 5', 'lantern', 'a'],
      misspelling: ['green appel', 'lantrn', 'ketle', 'vintge baskt', 'zzzzqqqq'],
    },
  },
  {
    title: 'names that are all but the same',
    nameOf: (index) => `Article ${index}, boxed`,
    texts: {
      prefix: ['sku-004', 'sku-0', 's', 'sku-00999', 'x0000'],
      word: ['artic', 'article 77', 'boxed', 'article 4711', 'a'],
      misspelling: ['artcle', 'articel 77', 'bxed', 'artikle 4711, boxd', 'zzzzqqqq'],
    },
  },
];

async function fill(shop: Shop, nameOf: (index: number) => string): Promise<void> {
  const STEP = 5_000;
  for (let start = 0; start < COUNT; start += STEP) {
    const ctx = shop.ctx;
    const products = Array.from({ length: Math.min(STEP, COUNT - start) }, (_, at) => {
      const number = String(start + at).padStart(6, '0');
      const variants = [
        { id: ctx.ids.next(), sku: `SKU-${number}`, price: amount(1), barcodes: [`X${number}`] },
      ];
      return { id: ctx.ids.next(), name: nameOf(start + at), variants };
    });
    await transact(ctx, (tx) => insertProducts(tx, ctx, products));
  }
}

/** The median of many rounds over some texts, in milliseconds. */
async function median(texts: readonly string[], work: (text: string) => Promise<unknown>): Promise<number> {
  for (const text of texts) await work(text);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const text of texts) {
      const start = performance.now();
      await work(text);
      times.push(performance.now() - start);
    }
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

runBench(async (db) => {
  for (const { title, nameOf, texts } of ASSORTMENTS) {
    const shop = await openShop(db);
    await fill(shop, nameOf);
    await asOwner(db.url, 'analyze products, variants, barcodes');
    const { db: queryable } = shop.ctx;
    const skus = Array.from({ length: 10 }, (_, index) => `sku-${String(index * 97).padStart(6, '0')}`);
    const plain = await median(skus, (sku) =>
      queryable.maybeOne(
        sql`select v.id, v.price from variants v where v.sku_key = ${sku} and v.deleted_at is null`,
      ),
    );
    console.log(`${COUNT} products, ${title}: a SKU looked up in ${plain.toFixed(2)} ms`);
    for (const [kind, asked] of Object.entries(texts)) {
      const time = await median(asked, (text) => searchProducts(queryable, text));
      console.log(
        `  ${kind.padEnd(11)} ${time.toFixed(2).padStart(7)} ms, ${(time / plain).toFixed(1)} times a lookup`,
      );
    }
  }
});
