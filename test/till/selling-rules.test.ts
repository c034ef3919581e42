/** Prices and labels of a till without a connection: by the rules of the server, on the till's own copies. */
import fc from 'fast-check';
import { Decimal } from '#kernel/decimal';
import type { OwnLabelRule } from '#subgraphs/catalog/barcodes/barcode-candidates.rules';
import { emptyBasket, type Basket, type Line } from '../../web/till/core/basket';
import { Catalogue, type CatalogueItem } from '../../web/till/core/catalogue';
import { scanOffline, unitPrices, type TillCopies } from '../../web/till/core/offline-prices';
import {
  SellingRules,
  type CopiedPrice,
  type PriceListHead,
  type SellingRulesCopy,
  type SellingRulesSource,
} from '../../web/till/core/selling-rules';

const NOW = new Date('2026-01-31T12:00:00Z');
const ITEM: CatalogueItem = {
  ...{ variantId: 'tomatoes', sku: 'TOMATOES', name: 'Tomatoes', unit: 'kg', quantityPlaces: 3 },
  ...{ price: '3.99', taxRate: '7', minimumAge: null, giftCard: false, barcodes: ['04664'], active: true },
};
const TEA: CatalogueItem = {
  ...ITEM,
  ...{ variantId: 'tea', sku: 'TEA', name: 'Tea', unit: 'piece', quantityPlaces: 0 },
  ...{ price: '2.50', barcodes: ['4006381333931'] },
};
const list = (id: string, more: Partial<PriceListHead> = {}): PriceListHead => ({
  ...{ id, updatedAt: '2026-01-01T00:00:00Z', priority: 0, branchIds: [], validFrom: null, validTo: null },
  ...more,
});
const price = (variantId: string, amount: string, minQuantity = '1'): CopiedPrice => ({
  ...{ variantId, price: amount, minQuantity },
});

interface Shop {
  lists: PriceListHead[];
  prices: Record<string, CopiedPrice[]>;
  labels: SellingRulesCopy['labels'];
}

/** The copies of a till, and the lists whose prices it has read. */
async function tillOf(shop: Shop): Promise<{ copies: TillCopies; rules: SellingRules; read: string[] }> {
  const read: string[] = [];
  const source: SellingRulesSource = {
    labels: () => Promise.resolve(shop.labels),
    priceLists: () => Promise.resolve(shop.lists),
    prices: (id) => {
      read.push(id);
      return Promise.resolve(shop.prices[id] ?? []);
    },
  };
  let stored: SellingRulesCopy | undefined;
  const store = {
    read: () => Promise.resolve(stored),
    write: (copy: SellingRulesCopy) => Promise.resolve(void (stored = copy)),
  };
  const rules = new SellingRules(store, source, 'EUR');
  await rules.update(NOW);
  const catalogue = new Catalogue(
    {
      items: () => Promise.resolve([ITEM, TEA]),
      since: () => Promise.resolve(null),
      replace: () => Promise.resolve(),
      merge: () => Promise.resolve(),
    },
    () => Promise.resolve({ items: [], next: null }),
  );
  await catalogue.load();
  return { copies: { catalogue, rules, branchId: 'BRANCH-1' }, rules, read };
}

const line = (item: CatalogueItem, quantity: string, more: Partial<Line> = {}): Line => ({
  ...item,
  ...{ key: quantity, quantity, label: null, discount: null, value: null },
  ...more,
});
const basketOf = (...lines: Line[]): Basket => ({ ...emptyBasket(() => 'id'), lines });
const scanned = (copies: TillCopies, code: string) => {
  const found = scanOffline(copies, code, NOW);
  return (
    found && ('error' in found ? found.error : [found.added.quantity, found.item.price, found.added.label])
  );
};

const OWN_RULE: OwnLabelRule = {
  ...{ prefix: '27', measured: 'price', itemFrom: 2, itemTo: 7, valueFrom: 7, valueTo: 12, places: 2 },
  active: true,
};

it('reads weight and price labels, and rejects those that cannot be sold', async () => {
  const { copies } = await tillOf({ lists: [], prices: {}, labels: [OWN_RULE] });
  expect(scanned(copies, '2104664005123')).toEqual(['0.512', '3.99', '2104664005123']);
  expect(scanned(copies, '2704664002506')).toEqual(['0.627', '3.99', '2704664002506']);
  expect(scanned(copies, '2104664000005')).toMatch(/zero|weight/);
  expect(scanned(copies, '4006381333931')).toEqual(['1', '2.50', undefined]);
  expect(scanned(copies, '2199999005120')).toBeUndefined();
});

it('reads a prefix as the shop has it: by a longer rule first, and not at all by an inactive one', async () => {
  const inactive = { ...OWN_RULE, prefix: '21', active: false };
  const longer = { ...OWN_RULE, prefix: '2704', measured: 'weight', places: 3 } as const;
  const { copies } = await tillOf({ lists: [], prices: {}, labels: [OWN_RULE, longer, inactive] });
  expect(scanned(copies, '2704664002506')).toEqual(['0.25', '3.99', '2704664002506']);
  expect(scanned(copies, '2104664005123')).toBeUndefined();
});

it('takes the price of the list with the highest priority that applies at the branch, then and for the quantity', async () => {
  const { copies } = await tillOf({
    lists: [
      list('everywhere'),
      list('here', { priority: 5, branchIds: ['branch-1'] }),
      list('elsewhere', { priority: 9, branchIds: ['branch-2'] }),
      list('later', { priority: 9, validFrom: '2026-01-31T12:00:01Z' }),
      list('ended', { priority: 9, validTo: '2026-01-31T12:00:00Z' }),
    ],
    prices: {
      everywhere: [price('tea', '2.40'), price('tomatoes', '3.50')],
      here: [price('tea', '2.20', '3'), price('tea', '2.00', '6')],
      elsewhere: [price('tea', '1.00')],
      later: [price('tea', '1.00')],
      ended: [price('tea', '1.00')],
    },
    labels: [],
  });
  const teas = (...quantities: string[]) =>
    unitPrices(copies, basketOf(...quantities.map((quantity) => line(TEA, quantity))), NOW);
  expect(teas('1')).toEqual(['2.4']);
  expect(teas('3')).toEqual(['2.2']);
  // Units of one variant count together, on however many lines they are.
  expect(teas('4', '2')).toEqual(['2', '2']);
  expect(scanned(copies, '2104664005123')).toEqual(['0.512', '3.5', '2104664005123']);
});

it('keeps the price of a label, of a gift card, and of goods without a price list', async () => {
  const lists = { lists: [list('all')], prices: { all: [price('tomatoes', '1.00')] }, labels: [] };
  const { copies } = await tillOf(lists);
  const card = line({ ...TEA, giftCard: true }, '1', { value: '40.00' });
  const bag = line(ITEM, '0.512', { label: '2104664005123', price: '3.50' });
  const basket = basketOf(card, bag, line(TEA, '2', { price: '2.45' }), line(ITEM, '1'));
  expect(unitPrices(copies, basket, NOW)).toEqual(['40.00', '3.50', '2.45', '1']);
});

it('reads the prices of a list again only after it has changed', async () => {
  const shop: Shop = {
    lists: [list('a'), list('b')],
    prices: { a: [price('tea', '2.00')], b: [] },
    labels: [],
  };
  const { copies, rules, read } = await tillOf(shop);
  expect(read).toEqual(['a', 'b']);
  await rules.update(NOW);
  expect(read).toEqual(['a', 'b']);
  shop.lists = [list('a', { updatedAt: '2026-01-02T00:00:00Z' })];
  shop.prices.a = [price('tea', '1.90')];
  await rules.update(NOW);
  expect(read).toEqual(['a', 'b', 'a']);
  expect(unitPrices(copies, basketOf(line(TEA, '1')), NOW)).toEqual(['1.9']);
});

it('does not depend on the order in which the server lists price lists and prices', async () => {
  const entry = fc.record({
    amount: fc.integer({ min: 1, max: 900 }).map(String),
    minQuantity: fc.integer({ min: 1, max: 4 }).map(String),
  });
  const lists = fc.array(fc.record({ priority: fc.integer({ min: 0, max: 2 }), entries: fc.array(entry) }), {
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(lists, fc.integer({ min: 1, max: 6 }), async (drawn, quantity) => {
      const ids = drawn.map((_, index) => `list-${index}`);
      const heads = drawn.map(({ priority }, index) => list(ids[index]!, { priority }));
      // A list has one price for a quantity.
      const prices = drawn.map(({ entries }) => [
        ...new Map(
          entries.map(({ amount, minQuantity }) => [minQuantity, price('tea', amount, minQuantity)]),
        ).values(),
      ]);
      const shopOf = (turned: boolean): Shop => ({
        lists: turned ? heads.toReversed() : heads,
        prices: Object.fromEntries(
          ids.map((id, index) => [id, turned ? prices[index]!.toReversed() : prices[index]!]),
        ),
        labels: [],
      });
      const basket = basketOf(line(TEA, String(quantity)));
      const found = async (turned: boolean) => unitPrices((await tillOf(shopOf(turned))).copies, basket, NOW);
      const [unit] = await found(false);
      expect(await found(true)).toEqual([unit]);
      // By the definition: the highest priority, then the largest quantity that is reached, then the newest list.
      const reached = drawn.flatMap(({ priority }, index) =>
        prices[index]!.filter(({ minQuantity }) => Number(minQuantity) <= quantity).map((one) => ({
          ...one,
          rank: [priority, Number(one.minQuantity), index],
        })),
      );
      const best = reached.reduce<(typeof reached)[number] | undefined>((first, other) => {
        if (!first) return other;
        const at = first.rank.findIndex((rank, place) => rank !== other.rank[place]);
        return other.rank[at]! > first.rank[at]! ? other : first;
      }, undefined);
      expect(new Decimal(unit!).toFixed()).toBe(new Decimal(best?.price ?? TEA.price).toFixed());
    }),
  );
});
