/** Searching and listing in many alphabets, on the embedded PostgreSQL and on another one with another default order: both answer alike. */
import fc from 'fast-check';
import { transact } from '#kernel/db/transact';
import { insertProducts } from '#subgraphs/catalog/index';
import { createBrand } from '#subgraphs/catalog/brands/brands';
import { listBrands } from '#subgraphs/catalog/brands/brands.queries';
import { listProducts } from '#subgraphs/catalog/products/products.queries';
import { searchProducts } from '#subgraphs/catalog/products/product-search.queries';
import { createCustomer } from '#subgraphs/customers/customers';
import { listCustomers, searchCustomers } from '#subgraphs/customers/customers.queries';
import { createWarehouse, listWarehouses } from '#subgraphs/inventory/warehouses/warehouses';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { otherPostgres, startOtherPostgres } from '#test/harness/other-postgres';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const CATALOGUE = [
  'Pâté de campagne', 'Patella ointment', 'Sığır kıyma', 'Søren’s rye bread', '北海道牛乳 1L', '低脂牛奶', '豆乳', 'Saippuakauppias shower gel',
  'Kuorintasaippua', 'Молоко 3,2 %', 'Сметана', 'Γιαούρτι στραγγιστό', 'Καφές φίλτρου', 'قهوة عربية', 'شاي أخضر', 'חלב טרי 3%', 'לחם שחור',
  'น้ำมะพร้าว', 'ข้าวหอมมะลิ', 'ទឹកដោះគោ', 'ນໍ້າປາ', 'दूध ताज़ा', 'दाल मखनी', '서울우유 1L', 'バター', 'ひよこ豆', 'Weißbier', 'Œufs frais',
  'Coca-Cola Zero', 'Chocolate milk', 'Colander', "Kellogg's Corn Flakes", 'Łosoś wędzony', 'Jalapeño', 'Silk scarf', 'Rødgrød',
]; // prettier-ignore

/** What is typed, and all that is found, the best first. */
const FOUND: readonly [string, string[]][] = [
  ['pate', ['Pâté de campagne', 'Patella ointment']],
  ['PÂTÉ', ['Pâté de campagne', 'Patella ointment']],
  ['SIĞIR', ['Sığır kıyma']],
  ['sigir kiyma', ['Sığır kıyma']],
  ['soren', ['Søren’s rye bread']],
  ['牛乳', ['北海道牛乳 1L']],
  ['牛', ['低脂牛奶', '北海道牛乳 1L']],
  ['乳', ['北海道牛乳 1L', '豆乳']],
  ['saippua', ['Saippuakauppias shower gel', 'Kuorintasaippua']],
  ['молок', ['Молоко 3,2 %']],
  ['ЛОКО', ['Молоко 3,2 %']],
  ['γιαουρτι', ['Γιαούρτι στραγγιστό']],
  ['ΚΑΦΕΣ', ['Καφές φίλτρου']],
  ['قهوه', ['قهوة عربية']],
  ['اخضر', ['شاي أخضر']],
  ['חָלָב', ['חלב טרי 3%']],
  ['มะพร้าว', ['น้ำมะพร้าว']],
  ['หอม', ['ข้าวหอมมะลิ']],
  ['ដោះ', ['ទឹកដោះគោ']],
  ['ປາ', ['ນໍ້າປາ']],
  ['ताजा', ['दूध ताज़ा']],
  ['우유', ['서울우유 1L']],
  ['ﾊﾞﾀｰ', ['バター']],
  ['ヒヨコ', ['ひよこ豆']],
  ['weissbier', ['Weißbier']],
  ['oeufs', ['Œufs frais']],
  ['ｃｏｌａ', ['Colander', 'Coca-Cola Zero', 'Chocolate milk']],
  ['kelloggs', ["Kellogg's Corn Flakes"]],
  ['kellogg’s', ["Kellogg's Corn Flakes"]],
  ['losos', ['Łosoś wędzony']],
  ['jalapeno', ['Jalapeño']],
  ['rodgrod', ['Rødgrød']],
  ['сметанна', ['Сметана']],
  ['chocolat mlik', ['Chocolate milk']],
  ['肉', []],
  ['वडा', []],
];

const ORDER = [
  '10',
  '9',
  'apfel',
  'Äpfel',
  'Apfelmus',
  'éclair',
  'Eclairs',
  'Öl',
  'oliv',
  'ß',
  'ssa',
  'Zebra',
  'Καφές',
  'абрикос',
  'Ёлка',
  'ель',
  'חלב',
  'قهوة',
  '牛乳',
];

const other = otherPostgres();
const servers = [
  ['the embedded PostgreSQL', true],
  [`another PostgreSQL${other ? '' : ' (skipped: none is installed here)'}`, false],
] as const;

describe.each(servers)('on %s', (_, embedded) => {
  const itIfThere = embedded || other ? it : it.skip;
  let db: TestDatabase;
  let stop: (() => Promise<void>) | undefined;
  let shop: Shop;
  beforeAll(async () => {
    if (!embedded && !other) return;
    const server = embedded ? undefined : await startOtherPostgres(other!);
    stop = server ? () => server.stop() : undefined;
    db = await testDatabase(server ? { template: server.template } : {});
    shop = await openShop(db);
    await insert(shop, CATALOGUE);
  }, 120_000);
  afterAll(async () => {
    await db?.close();
    await stop?.();
  });

  async function insert(target: Shop, names: readonly string[]): Promise<void> {
    const ctx = target.ctx;
    const products = names.map((name, index) => {
      const variant = {
        id: ctx.ids.next(),
        sku: `ART-${String(index).padStart(3, '0')}`,
        price: amount(1),
        barcodes: [],
      };
      return { id: ctx.ids.next(), name, variants: [variant] };
    });
    await transact(ctx, (tx) => insertProducts(tx, ctx, products));
  }
  const names = (page: { items: { name: string }[] }) => page.items.map(({ name }) => name);

  itIfThere.each(FOUND)('the till finds %s', async (typed, found) => {
    expect(names(await searchProducts(shop.ctx.db, typed))).toEqual(found);
  });

  itIfThere('a list finds the same, but for what is only similar, and by cursor', async () => {
    const similar = ['сметанна', 'chocolat mlik'];
    for (const [typed, found] of FOUND.filter(([text]) => !similar.includes(text))) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof listProducts>> = await listProducts(shop.ctx.db, {
          search: typed,
          size: 1,
          cursor,
        });
        seen.push(...names(page));
        cursor = page.nextCursor;
      } while (cursor);
      expect([typed, [...seen].sort()]).toEqual([typed, [...found].sort()]);
    }
    expect(names(await listProducts(shop.ctx.db, { search: 'saippua' }))).toEqual([
      'Saippuakauppias shower gel',
      'Kuorintasaippua',
    ]);
    expect(names(await listProducts(shop.ctx.db, { search: 'saippua', sort: 'name' }))).toEqual([
      'Kuorintasaippua', 'Saippuakauppias shower gel',
    ]); // prettier-ignore
  });

  itIfThere('customers, warehouses and brands are found alike', async () => {
    const ctx = shop.ctx;
    for (const [name, phone] of [
      ['Søren Ångström', '+45 20 12 34 56'],
      ['佐藤 花子', null],
      ['Ayşe Işık', '0532 123 45 67'],
      ['Ольга Жукова', null],
    ] as const)
      await createCustomer(shop.ctx, { name, phone });
    const customers = async (text: string) => (await searchCustomers(ctx, text)).map(({ name }) => name);
    for (const [typed, name] of [
      ['soren', 'Søren Ångström'],
      ['NGSTR', 'Søren Ångström'],
      ['花', '佐藤 花子'],
      ['ISIK', 'Ayşe Işık'],
      ['уков', 'Ольга Жукова'],
      ['Жукава', 'Ольга Жукова'],
      ['+90 (0)532 1234567', 'Ayşe Işık'],
      ['0045 2012', 'Søren Ångström'],
    ] as const) {
      expect([typed, await customers(typed)]).toEqual([typed, [name]]);
    }
    expect(names(await listCustomers(ctx, { search: 'ngstr' }))).toEqual(['Søren Ångström']);
    await createWarehouse(shop.ctx, { name: 'Kühlhaus Łódź', code: 'COLD' });
    expect(names(await listWarehouses(ctx, { search: 'kuhl lodz' }))).toEqual(['Kühlhaus Łódź']);
    await createBrand(shop.ctx, { name: 'Müller' });
    expect(names(await listBrands(ctx.db, { search: 'ＭＵＬＬＥＲ' }))).toEqual(['Müller']);
    await expect(createBrand(shop.ctx, { name: 'MULLER' })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
  });

  itIfThere('lists are in the order of the letters', async () => {
    const own = await openShop(db);
    await insert(own, [...ORDER].reverse());
    expect(names(await listProducts(own.ctx.db, { size: 100 }))).toEqual(ORDER);
    expect(names(await listProducts(own.ctx.db, { size: 100, sort: '-name' }))).toEqual([...ORDER].reverse());
    for (const name of ORDER) await createCustomer(own.ctx, { name });
    expect(names(await listCustomers(own.ctx, { size: 100 }))).toEqual(ORDER);
  });

  itIfThere(
    'a cursor shows each row once, whatever the letters, and in the order of the whole list',
    async () => {
      const letter = fc.constantFrom(...'aAäÄàeéEêzZßsSøoOöłlıiİIяЯёеΣσςاأبחם牛乳かカ가각นเ-’ 10۱');
      const name = fc
        .array(letter, { minLength: 1, maxLength: 4 })
        .map((letters) => `n${letters.join('')}`.trim());
      const tried = fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 7 }), fc.boolean(), async (list, size, descending) => {
      const own = await openShop(db);
      await insert(own, list);
      const sort = descending ? '-name' : 'name';
      const whole = await listProducts(own.ctx.db, { size: 100, sort });
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof listProducts>> = await listProducts(own.ctx.db, { size, sort, cursor });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor);
      expect(seen).toEqual(whole.items.map(({ id }) => id));
      expect(new Set(seen).size).toBe(list.length);
    }); // prettier-ignore
      await fc.assert(tried, { numRuns: 15 });
    },
    60_000,
  );
});
