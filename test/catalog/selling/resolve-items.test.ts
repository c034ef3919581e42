import { randomUUID } from 'node:crypto';
import { transact } from '#kernel/db/transact';
import {
  resolveItems,
  insertProducts,
  insertTaxClasses,
  defaultVariantIds,
  type ItemReference,
  type NewProduct,
} from '#subgraphs/catalog/index';
import { checkDigit } from '#subgraphs/catalog/barcodes/gtin.rules';
import { activateProduct, updateVariant } from '#subgraphs/catalog/products/products';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';
import { amount } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
const made = new Map<string, { productId: string; variantId: string }>();

const find = (...references: ItemReference[]) =>
  resolveItems(shop.ctx, shop.ctx.db, references, shop.branchId);
const label = (body: string) => body + checkDigit(body);

beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db);
  const ctx = shop.ctx;
  const taxClassId = ctx.ids.next();
  const product = (
    sku: string,
    price: string,
    barcodes: string[],
    more: Partial<NewProduct> = {},
  ): NewProduct => {
    const [productId, variantId] = [ctx.ids.next(), ctx.ids.next()];
    made.set(sku, { productId, variantId });
    return {
      id: productId,
      name: sku,
      ...more,
      variants: [{ id: variantId, sku, price: amount(price), barcodes }],
    };
  };
  const kilogram = { unit: 'kg', quantityPlaces: 3 };
  await transact(ctx, async (tx) => {
    await insertTaxClasses(tx, [{ id: taxClassId, name: 'Reduced', code: 'reduced', rate: amount('5.5') }]);
    await insertProducts(tx, ctx, [
      product('TEA', '3.5', ['123456789', '4006381333931'], { taxClassId, imageUrl: '/tea.png' }),
      product('UPC', '1', ['036000291452']),
      product('CHEESE', '19.99', [label('211234500000')], kilogram),
      product('HAM', '0.0833', ['2254321'], kilogram),
      product('PIZZA', '8', ['54322']),
      product('GTIN', '2', ['10012345678902'], kilogram),
      product('GONE', '1', ['GONE']),
    ]);
  });
  await activateProduct(ctx, made.get('GONE')!.productId, false);
});
afterAll(() => db.close());

describe('resolveItems', () => {
  it('gives everything a sale needs', async () => {
    const [tea] = await find({ barcode: '123456789' });
    const { unitPrice, taxRate, quantity, ...rest } = tea!;
    expect([unitPrice, taxRate, quantity].map((value) => value.toFixed())).toEqual(['3.5', '5.5', '1']);
    expect(rest).toEqual({
      ...made.get('TEA'),
      sku: 'TEA',
      barcode: '123456789',
      vendorId: null,
      brandId: null,
      name: 'TEA',
      productName: 'TEA',
      taxClassId: expect.any(String) as string,
      taxClass: 'reduced',
      unit: 'piece',
      quantityPlaces: 0,
      trackStock: true,
      categoryId: null,
      imageUrl: '/tea.png',
      minimumAge: null,
      giftCardPurpose: null,
      active: true,
    });
  });

  it('finds by any reference, in the order asked, in one statement', async () => {
    const { ctx, statements } = recorded(shop.ctx);
    const { productId, variantId } = made.get('TEA')!;
    const references = [
      { sku: 'nothing' }, { sku: ' tea ' }, { productId }, { variantId }, { barcode: '04006381333931' }, { barcode: '0036000291452' },
      { barcode: 'GONE' }, { productId: 'no-uuid' }, {}, { variantId: randomUUID() }, { barcode: '' }, { barcode: 'a\u0000b' }, { sku: 'TEA' },
    ]; // prettier-ignore
    const found = await resolveItems(ctx, ctx.db, references, shop.branchId);
    expect(found.map((item) => item?.sku)).toEqual([
      undefined, 'TEA', 'TEA', 'TEA', 'TEA', 'UPC', undefined, undefined, undefined, undefined, undefined, undefined, 'TEA',
    ]); // prettier-ignore
    expect(statements).toHaveLength(1);
  });

  it('asks nothing of the database where nothing can be found', async () => {
    const { ctx, statements } = recorded(shop.ctx);
    expect(await resolveItems(ctx, ctx.db, [{}, { productId: 'x' }], shop.branchId)).toEqual([
      undefined,
      undefined,
    ]);
    expect(await defaultVariantIds(ctx.db, ['x'])).toEqual(new Map());
    expect(statements).toEqual([]);
  });

  it.each([
    ['a weight on goods by the kilogram', label('211234500350'), 'CHEESE', '0.35', '19.99'],
    [
      'a price on goods by the kilogram: the quantity that costs as much',
      label('225432100833'),
      'HAM',
      '100',
      '0.0833',
    ],
    [
      'a price whose quantity would be rounded: the price of the label wins',
      label('225432101234'),
      'HAM',
      '148.139',
      '0.0833',
    ],
    ['a price on goods by the piece', label('225432201299'), 'PIZZA', '1', '12.99'],
    ['a weight in a GS1 element string', '(01)10012345678902(3103)001250', 'GTIN', '1.25', '2'],
    ['the same as a scanner sends it', '01100123456789023103001250', 'GTIN', '1.25', '2'],
    ['no measure', '(01)10012345678902', 'GTIN', '1', '2'],
  ])('reads %s', async (_, barcode, sku, quantity, unitPrice) => {
    const [item] = await find({ barcode });
    expect([item!.sku, item!.quantity.toFixed(), item!.unitPrice.toFixed()]).toEqual([
      sku,
      quantity,
      unitPrice,
    ]);
  });

  it('never asks for another sum than the label shows', async () => {
    const [ham] = await find({ barcode: label('225432100010') });
    expect(ham!.quantity.times(ham!.unitPrice).toDecimalPlaces(2).toFixed()).toBe('0.1');
  });

  it('does not read a measure into a code that is registered as it stands', async () => {
    const ctx = shop.ctx;
    const code = label('211234599999');
    const { productId, variantId } = made.get('UPC')!;
    await updateVariant(ctx, productId, variantId, { barcodes: ['036000291452', code] });
    const [item] = await find({ barcode: code });
    expect([item!.sku, item!.quantity.toFixed()]).toEqual(['UPC', '1']);
  });

  it('does not sell an inactive variant', async () => {
    const { productId, variantId } = made.get('UPC')!;
    await updateVariant(shop.ctx, productId, variantId, { active: false });
    expect(await find({ sku: 'UPC' })).toEqual([undefined]);
    await updateVariant(shop.ctx, productId, variantId, { active: true });
  });
});

describe('a reference of several parts', () => {
  const contradictions = async (...references: ItemReference[]) =>
    (await find(...references)).map((item) => item && [item.sku, item.contradiction]);

  it('may name one item in all ways', async () => {
    const { productId, variantId } = made.get('TEA')!;
    const all = { productId, variantId, sku: ' tea', barcode: '4006381333931' };
    expect(await contradictions(all, { ...all, productId: productId.toUpperCase() })).toEqual([
      ['TEA', undefined],
      ['TEA', undefined],
    ]);
    // An unknown barcode names no other item.
    expect(await contradictions({ variantId, barcode: '999' })).toEqual([['TEA', undefined]]);
  });

  it('shows the part that names another item', async () => {
    const [tea, ham] = [made.get('TEA')!, made.get('HAM')!];
    expect(
      await contradictions(
        { variantId: tea.variantId, productId: ham.productId },
        { productId: tea.productId, barcode: '2254321' },
        { variantId: tea.variantId, sku: 'HAM' },
        { barcode: '123456789', sku: 'HAM' },
        { sku: 'HAM' },
      ),
    ).toEqual([
      ['TEA', 'productId'],
      ['TEA', 'barcode'],
      ['TEA', 'sku'],
      ['TEA', 'sku'],
      ['HAM', undefined],
    ]);
  });
});
