import { resolveItems, type ItemReference } from '#subgraphs/catalog/index';
import {
  createBarcodeRule,
  deleteBarcodeRule,
  listBarcodeRules,
  updateBarcodeRule,
} from '#subgraphs/catalog/barcodes/barcode-rules';
import { checkDigit } from '#subgraphs/catalog/barcodes/gtin.rules';
import { listProducts, productById } from '#subgraphs/catalog/products/products.queries';
import { createTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import {
  listTaxClasses,
  ratesOfClasses,
  taxClassesById,
} from '#subgraphs/catalog/tax-classes/tax-classes.queries';
import { addTaxRate, deleteTaxRate } from '#subgraphs/catalog/tax-classes/tax-rates';
import {
  createPriceList,
  deletePriceList,
  listPriceLists,
  listPrices,
  setListedPrices,
  updatePriceList,
} from '#subgraphs/catalog/prices/price-lists';
import { searchProducts } from '#subgraphs/catalog/products/product-search.queries';
import { createUnit, listUnits } from '#subgraphs/catalog/products/units';
import { createBranch } from '#subgraphs/auth/branches';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';
import { amount, expectError, fieldCodes } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let other: string;
const day = (text: string) => new Date(`${text}T00:00:00Z`);

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  shop = await openShop(db);
  other = (await createBranch(shop.ctx, { name: 'Harbour' })).id;
  for (const [sku, price] of [
    ['TEA', '3.50'],
    ['MILK', '1.20'],
  ] as const)
    await createProduct(shop.ctx, { name: sku, sku, price: amount(price) });
});
afterAll(() => db.close());

const find = (references: ItemReference[], branchId = shop.branchId, at?: Date) =>
  resolveItems(shop.ctx, shop.ctx.db, references, branchId, at);
const priceOf = async (sku: string, branchId?: string, at?: Date, quantity?: string) => {
  const [item] = await find(
    [{ sku, ...(quantity === undefined ? {} : { quantity: amount(quantity) }) }],
    branchId,
    at,
  );
  return item?.unitPrice.toFixed();
};

describe('price lists', () => {
  it('hold at their branches, in their time, the highest priority first', async () => {
    const ctx = shop.ctx;
    const may = { validFrom: day('2026-05-01'), validTo: day('2026-06-01') };
    const all = await createPriceList(ctx, { name: 'May', ...may });
    const here = await createPriceList(ctx, {
      name: 'May here',
      branchIds: [shop.branchId],
      priority: 5,
      ...may,
    });
    await setListedPrices(ctx, all.id, [
      { sku: 'tea', price: amount('3') },
      { sku: 'MILK', price: amount('1') },
    ]);
    await setListedPrices(ctx, here.id, [{ sku: 'TEA', price: amount('2.50') }]);
    const [before, within, end] = [new Date(may.validFrom.getTime() - 1), may.validFrom, may.validTo];
    expect(await priceOf('TEA', shop.branchId, before)).toBe('3.5');
    expect(await priceOf('TEA', shop.branchId, within)).toBe('2.5');
    expect(await priceOf('TEA', other, within)).toBe('3');
    expect(await priceOf('MILK', shop.branchId, within)).toBe('1');
    expect(await priceOf('TEA', shop.branchId, new Date(end.getTime() - 1))).toBe('2.5');
    expect(await priceOf('TEA', shop.branchId, end)).toBe('3.5');
    await updatePriceList(ctx, here.id, { active: false });
    expect(await priceOf('TEA', shop.branchId, within)).toBe('3');
    await deletePriceList(ctx, all.id);
    expect(await priceOf('TEA', shop.branchId, within)).toBe('3.5');
    await expectError('NOT_FOUND', deletePriceList(ctx, all.id));
    expect((await listPriceLists(ctx.db, {})).items.map(({ name, active }) => [name, active])).toEqual([
      ['May here', false],
    ]);
  });

  it('have prices from a quantity on', async () => {
    const { id } = await createPriceList(shop.ctx, { name: 'Bulk' });
    await setListedPrices(shop.ctx, id, [
      { sku: 'TEA', price: amount('3.40') },
      { sku: 'TEA', price: amount('3'), minQuantity: amount(6) },
      { sku: 'TEA', price: amount('2.80'), minQuantity: amount('12') },
    ]);
    const quantities = ['0.5', '1', '5.999', '6', '11', '12', '-12'];
    expect(await Promise.all(quantities.map((quantity) => priceOf('TEA', undefined, undefined, quantity)))).toEqual(
      ['3.4', '3.4', '3.4', '3', '3', '2.8', '2.8'],
    ); // prettier-ignore
    const prices = await listPrices(shop.ctx, id, { sort: 'price' });
    expect(prices.items.map(({ sku, minQuantity, price }) => [sku, minQuantity.toFixed(), price.toFixed()])).toEqual([
      ['TEA', '12', '2.8'], ['TEA', '6', '3'], ['TEA', '1', '3.4'],
    ]); // prettier-ignore
    await setListedPrices(shop.ctx, id, []);
    expect(await priceOf('TEA')).toBe('3.5');
  });

  it('are asked in the one statement of a sale', async () => {
    const { ctx, statements } = recorded(shop.ctx);
    await resolveItems(ctx, ctx.db, [{ sku: 'TEA' }, { barcode: '4006381333931' }], shop.branchId);
    expect(statements).toHaveLength(1);
  });

  it('are refused by field, and belong to one organization', async () => {
    const ctx = shop.ctx;
    const stranger = await openShop(db);
    const { id } = await createPriceList(ctx, { name: 'One' });
    await expectError('ALREADY_EXISTS', createPriceList(ctx, { name: ' ONE ' }));
    const wrong = createPriceList(ctx, {
      name: '',
      branchIds: [stranger.branchId],
      validFrom: day('2026-02-01'),
      validTo: day('2026-02-01'),
    });
    expect(fieldCodes(await expectError('VALIDATION_FAILED', wrong))).toEqual([
      ['name', 'REQUIRED'],
      ['validTo', 'RANGE'],
      ['branchIds.0', 'NOT_FOUND'],
    ]);
    const prices = setListedPrices(ctx, id, [
      { sku: 'TEA', price: amount(1) },
      { sku: 'NONE', price: amount(1) },
      { sku: 'tea', price: amount(2) },
    ]);
    expect(fieldCodes(await expectError('VALIDATION_FAILED', prices))).toEqual([
      ['prices.1', 'PRODUCT_NOT_FOUND'],
      ['prices.2', 'ALREADY_EXISTS'],
    ]);
    const low = setListedPrices(ctx, id, [{ sku: 'TEA', price: amount(-1), minQuantity: amount(0) }]);
    expect(fieldCodes(await expectError('VALIDATION_FAILED', low))).toEqual([
      ['prices.0.price', 'NEGATIVE'],
      ['prices.0.minQuantity', 'RANGE'],
    ]);
    await expectError('NOT_FOUND', updatePriceList(stranger.ctx, id, { name: 'Mine' }));
    await expectError('NOT_FOUND', setListedPrices(stranger.ctx, id, []));
    await expectError('NOT_FOUND', listPrices(stranger.ctx, id, {}));
    await expectError('NOT_FOUND', deletePriceList(stranger.ctx, 'x'));
  });
});

describe('rates of tax', () => {
  it('count from their moment on', async () => {
    const ctx = shop.ctx;
    const tax = await createTaxClass(ctx, { name: 'Standard', rate: amount(19) });
    await createProduct(ctx, { name: 'Taxed', sku: 'TAXED', price: amount(1), taxClass: 'Standard' });
    const first = await addTaxRate(ctx, tax.id, { rate: amount(16), validFrom: day('2020-07-01') });
    await addTaxRate(ctx, tax.id, { rate: amount(21), validFrom: day('2099-01-01') });
    const rateAt = async (at: Date) =>
      (await find([{ sku: 'TAXED' }], shop.branchId, at))[0]?.taxRate.toFixed();
    expect(await Promise.all([day('2020-06-30'), day('2020-07-01'), day('2098-12-31'), day('2099-01-01')].map(rateAt))).toEqual(
      ['19', '16', '16', '21'],
    ); // prettier-ignore
    const { defaultVariantId, ...product } = await productById(
      ctx.db,
      (await find([{ sku: 'TAXED' }]))[0]!.productId,
    );
    expect([defaultVariantId.length, product.taxRate.toFixed()]).toEqual([36, '16']);
    const then = day('2099-01-01');
    const later = [
      (await productById(ctx.db, product.id, then)).taxRate,
      (await listProducts(ctx.db, { sku: 'TAXED' }, then)).items[0]?.taxRate,
      (await searchProducts(ctx.db, 'taxed', {}, then)).items[0]?.taxRate,
      (await taxClassesById(ctx.db, [tax.id], then)).get(tax.id)?.rate,
      (await listTaxClasses(ctx.db, { search: 'standard' }, then)).items[0]?.rate,
    ];
    expect(later.map((rate) => rate?.toFixed())).toEqual(['21', '21', '21', '21', '21']);
    await expectError(
      'ALREADY_EXISTS',
      addTaxRate(ctx, tax.id, { rate: amount(5), validFrom: day('2020-07-01') }),
    );
    expect(
      fieldCodes(
        await expectError(
          'VALIDATION_FAILED',
          addTaxRate(ctx, tax.id, { rate: amount(-5), validFrom: day('2021-01-01') }),
        ),
      ),
    ).toEqual([['rate', 'NEGATIVE']]);
    const stranger = (await openShop(db)).ctx;
    await expectError(
      'NOT_FOUND',
      addTaxRate(stranger, tax.id, { rate: amount(5), validFrom: day('2022-01-01') }),
    );
    await expectError('NOT_FOUND', deleteTaxRate(stranger, tax.id, first.id));
    await deleteTaxRate(ctx, tax.id, first.id);
    expect(await rateAt(day('2021-01-01'))).toBe('19');
    expect((await ratesOfClasses(ctx, [tax.id])).get(tax.id)!.map(({ rate }) => rate.toFixed())).toEqual([
      '21',
    ]);
  });
});

describe('rules for labels', () => {
  const label = (digits: string) => digits + checkDigit(digits);
  const scan = async (digits: string) => {
    const [item] = await find([{ barcode: label(digits) }]);
    return item && [item.sku, item.quantity.toFixed(), item.unitPrice.toFixed()];
  };

  it('of an organization take the place of the usual ones', async () => {
    const ctx = shop.ctx;
    await createProduct(ctx, { name: 'Ham', sku: 'HAM', price: amount(20), barcode: '12345', unit: 'kg' });
    await createProduct(ctx, { name: 'Pie', sku: 'PIE', price: amount(4), barcode: '123', unit: 'piece' });
    expect(await scan('211234501250')).toEqual(['HAM', '1.25', '20']);
    const rule = await createBarcodeRule(ctx, { prefix: '21', measured: 'price' });
    expect(rule).toMatchObject({
      name: 'Labels 21',
      itemFrom: 2,
      itemTo: 7,
      valueFrom: 7,
      valueTo: 12,
      places: 2,
      active: true,
    });
    expect(await scan('211234501250')).toEqual(['HAM', '0.625', '20']);
    await createBarcodeRule(ctx, { prefix: '2105', measured: 'price', itemFrom: 4, itemTo: 7, places: 3 });
    expect(await scan('210512302500')).toEqual(['PIE', '1', '2.5']);
    await updateBarcodeRule(ctx, rule.id, { active: false });
    expect(await scan('211234501250')).toBeUndefined();
    await deleteBarcodeRule(ctx, rule.id);
    expect(await scan('211234501250')).toEqual(['HAM', '1.25', '20']);
    expect((await listBarcodeRules(ctx)).map(({ prefix }) => prefix)).toEqual(['2105']);
    const stranger = await openShop(db);
    await expectError('NOT_FOUND', updateBarcodeRule(stranger.ctx, rule.id, {}));
    expect(await listBarcodeRules(stranger.ctx)).toEqual([]);
  });

  it('are refused by field', async () => {
    const wrong = createBarcodeRule(shop.ctx, {
      prefix: '40',
      measured: 'weight',
      itemFrom: 5,
      itemTo: 5,
      valueFrom: 4,
      valueTo: 13,
      places: 12,
    });
    expect(fieldCodes(await expectError('VALIDATION_FAILED', wrong))).toEqual([
      ['prefix', 'INVALID'],
      ['itemTo', 'RANGE'],
      ['valueTo', 'RANGE'],
      ['places', 'RANGE'],
    ]);
    await createBarcodeRule(shop.ctx, { prefix: '02', measured: 'weight' });
    await expectError('ALREADY_EXISTS', createBarcodeRule(shop.ctx, { prefix: '02', measured: 'price' }));
  });
});

describe('units of measure', () => {
  it('give new products their precision', async () => {
    const ctx = shop.ctx;
    const placesOf = async (unit: string) =>
      (await createProduct(ctx, { name: 'X', price: amount(1), unit })).quantityPlaces;
    expect([await placesOf('kg'), await placesOf('bunch')]).toEqual([3, 0]);
    expect(await createUnit(ctx, { code: 'bunch', quantityPlaces: 1 })).toEqual({
      code: 'bunch',
      name: 'bunch',
      quantityPlaces: 1,
      builtIn: false,
    });
    await createUnit(ctx, { code: 'KG', name: 'Kilo', quantityPlaces: 2 });
    expect([await placesOf('kg'), await placesOf('Bunch'), await placesOf('l')]).toEqual([2, 1, 3]);
    await expectError('ALREADY_EXISTS', createUnit(ctx, { code: 'Bunch', quantityPlaces: 0 }));
    expect(fieldCodes(await expectError('VALIDATION_FAILED', createUnit(ctx, { code: '', quantityPlaces: 4 })))).toEqual([
      ['code', 'REQUIRED'], ['name', 'REQUIRED'], ['quantityPlaces', 'RANGE'],
    ]); // prettier-ignore
    const units = await listUnits(ctx);
    expect(units.filter(({ builtIn }) => !builtIn).map(({ code }) => code)).toEqual(['KG', 'bunch']);
    expect(units.filter(({ code }) => code === 'kg')).toEqual([]);
    expect((await listUnits((await openShop(db)).ctx)).every(({ builtIn }) => builtIn)).toBe(true);
  });
});
