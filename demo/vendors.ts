/** The vendors of the demo shop, in every status, and the goods of one of them. */
import type { Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { insertProducts } from '#subgraphs/catalog/index';
import { createVendor, moveVendor } from '#subgraphs/vendors/index';
import { demoId } from './ids';
import { CATEGORIES, TAX_CLASSES } from './products';
import { demoContext } from './shop';

/** By the number of their ids. The examples change 2, review 3, approve 4, suspend 5 and close 6. */
const VENDORS = [
  { number: 1, name: 'Riverbank Ceramics', iban: 'DE89370400440532013000', approved: true },
  { number: 2, name: 'Copper Kettle Works', iban: 'NL91ABNA0417164300', approved: true },
  { number: 3, name: 'Lakeside Candles', iban: null, approved: false },
  { number: 4, name: 'Alpine Honey', iban: 'AT611904300234573201', approved: false },
  { number: 5, name: 'Old Town Prints', iban: 'FR1420041010050500013M02606', approved: true },
  { number: 6, name: 'Sunday Market', iban: null, approved: true },
] as const;

/** Goods of the first vendor. */
const PRODUCTS = [
  { number: 9101, name: 'Stoneware mug', sku: 'RIVERBANK-MUG', price: '18.00' },
  { number: 9102, name: 'Serving bowl', sku: 'RIVERBANK-BOWL', price: '42.00' },
  { number: 9103, name: 'Teapot', sku: 'RIVERBANK-TEAPOT', price: '59.00' },
] as const;

export async function seedVendors(services: Services): Promise<void> {
  const ctx = demoContext(services, 1);
  for (const { number, name, iban, approved } of VENDORS) {
    const id = demoId.vendor(number);
    const bankAccount = iban === null ? null : { holder: name, iban };
    await createVendor(ctx, { name, bankAccount, commissionTaxRate: new Decimal(19) }, id);
    if (approved) await moveVendor(ctx, id, 'approve', { reason: 'Contract signed' });
  }
  const products = PRODUCTS.map(({ number, name, sku, price }) => ({
    id: demoId.product(number),
    name,
    vendorId: demoId.vendor(1),
    categoryId: CATEGORIES[0]!.id,
    taxClassId: TAX_CLASSES[0]!.id,
    trackStock: false,
    variants: [{ id: demoId.variant(number), sku, price: new Decimal(price), barcodes: [] }],
  }));
  await transact(ctx, (tx) => insertProducts(tx, ctx, products));
}
