/** The till's copy of the catalogue: complete after the first copy, brought up to date by changes, and found by any spelling of a code. */
import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import { Catalogue, codeKey, type CatalogueItem, type ReadCatalogue } from '../../web/till/core/catalogue';
import {
  catalogueStore,
  deleteTillDatabase,
  openTillDatabase,
  readState,
  writeState,
  type TillDatabase,
} from '../../web/till/storage/database';

const item = (sku: string, name: string, more: Partial<CatalogueItem> = {}): CatalogueItem => ({
  ...{
    variantId: `variant-${sku}`,
    sku,
    name,
    unit: 'piece',
    quantityPlaces: 0,
    price: '2.50',
    taxRate: '7',
  },
  ...{ minimumAge: null, giftCard: false, barcodes: [], active: true },
  ...more,
});
const GOODS = [
  item('TEA', 'Darjeeling tea', { barcodes: ['4006381333931'] }),
  item('CREME', 'Crème brûlée', { barcodes: ['00036000291452', 'SHOP-7'] }),
  item('OLD', 'Old tea', { active: false, barcodes: ['111'] }),
  item('GREEN', 'Green tea'),
];

const organization = randomUUID();
let db: TillDatabase;
beforeEach(async () => {
  db = await openTillDatabase(organization);
});
afterEach(async () => {
  db.close();
  await deleteTillDatabase(organization);
});

/** Answers pages of two items, and writes down what it was asked. */
function pages(items: () => readonly CatalogueItem[]) {
  const asked: [string | null, string | null][] = [];
  const read: ReadCatalogue = (since, cursor) => {
    asked.push([since, cursor]);
    const from = Number(cursor ?? 0);
    const page = items().slice(from, from + 2);
    return Promise.resolve({ items: page, next: from + 2 < items().length ? String(from + 2) : null });
  };
  return { asked, read };
}
const names = (items: readonly CatalogueItem[]) => items.map(({ name }) => name);

it('copies all pages, and keeps the copy for a start without a connection', async () => {
  const { asked, read } = pages(() => GOODS);
  const catalogue = new Catalogue(catalogueStore(db), read);
  await catalogue.copy(new Date('2026-01-31T10:00:00Z'));
  expect(asked).toEqual([
    [null, null],
    [null, '2'],
  ]);
  expect(catalogue.size).toBe(3);

  const later = new Catalogue(catalogueStore(db), () => Promise.reject(new TypeError('Failed to fetch')));
  await later.load();
  expect(later.size).toBe(3);
  expect(later.find('4006381333931')?.name).toBe('Darjeeling tea');
});

it('reads only changes after that, from a little before the last time', async () => {
  let goods = GOODS;
  const { asked, read } = pages(() => goods);
  const catalogue = new Catalogue(catalogueStore(db), read);
  expect(await catalogue.update(new Date('2026-01-31T10:00:00Z'))).toBe(3);
  goods = [item('TEA', 'Darjeeling tea', { price: '2.80' }), item('GREEN', 'Green tea', { active: false })];
  expect(await catalogue.update(new Date('2026-01-31T11:00:00Z'))).toBe(2);
  expect(asked.at(-1)).toEqual(['2026-01-31T09:55:00.000Z', null]);
  expect(catalogue.find('tea')?.price).toBe('2.80');
  expect(catalogue.find('GREEN')).toBeUndefined();
  goods = [];
  expect(await catalogue.update(new Date('2026-01-31T12:00:00Z'))).toBe(0);
  expect(asked.at(-1)).toEqual(['2026-01-31T10:55:00.000Z', null]);
});

it('keeps the copy before when a page fails', async () => {
  const catalogue = new Catalogue(catalogueStore(db), pages(() => GOODS).read);
  await catalogue.copy(new Date('2026-01-31T10:00:00Z'));
  const broken = new Catalogue(catalogueStore(db), (_, cursor) =>
    cursor === null
      ? Promise.resolve({ items: [], next: '2' })
      : Promise.reject(new TypeError('Failed to fetch')),
  );
  await expect(broken.copy(new Date())).rejects.toThrow('Failed to fetch');
  await broken.load();
  expect(broken.size).toBe(3);
});

it('finds an item by SKU and barcode in any spelling, and by words of its name', async () => {
  const catalogue = new Catalogue(catalogueStore(db), pages(() => GOODS).read);
  await catalogue.copy(new Date());
  for (const code of ['036000291452', '36000291452', '0036000291452', 'shop-7', ' creme '])
    expect(catalogue.find(code)?.sku).toBe('CREME');
  expect(catalogue.find('111')).toBeUndefined();
  expect(names(catalogue.search('TEA'))).toEqual(['Darjeeling tea', 'Green tea']);
  expect(names(catalogue.search('brulee creme'))).toEqual(['Crème brûlée']);
  expect(names(catalogue.search('e', 1))).toHaveLength(1);
  expect([catalogue.search(' '), catalogue.search('none')]).toEqual([[], []]);
  expect([codeKey('4006 381-333931'), codeKey('SHOP 7')]).toEqual(['04006381333931', 'shop 7']);
});

it('keeps values of the state, and removes them', async () => {
  await writeState(db, 'basket', { lines: [] });
  expect(await readState(db, 'basket')).toEqual({ lines: [] });
  await writeState(db, 'basket', undefined);
  expect(await readState(db, 'basket')).toBeUndefined();
});
