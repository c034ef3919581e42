/**
 * The rows of the examples of the catalogue and of imports: completed imports, price lists, a label rule, an
 * image, and rows that may be deleted.
 */
import { Readable } from 'node:stream';
import type { Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import {
  addTaxRate,
  bulkUpdateProducts,
  createBarcodeRule,
  createPriceList,
  insertBrands,
  insertCategories,
  insertTaxClasses,
  setListedPrices,
  uploadProductImage,
} from '#subgraphs/catalog/index';
import { bulkUpdateCustomers } from '#subgraphs/customers/index';
import { demoId } from './ids';
import { drawingOf } from './pictures';
import { demoContext } from './shop';
import { wellKnown } from './fixed-ids';

/** Rows without references, so that the examples of deletion work. */
const SPARE = 99;
const SPARE_TAX_CLASS = 98;

export async function seedCatalogExamples(services: Services): Promise<void> {
  const as = (...ids: string[]) => ({ ...demoContext(services, 1), ids: wellKnown(services.ids, ids) });
  const ctx = as();
  await transact(ctx, async (tx) => {
    await insertCategories(tx, [{ id: demoId.category(SPARE), name: 'Clearance' }]);
    await insertBrands(tx, [{ id: demoId.brand(SPARE), name: 'Bygone' }]);
    await insertTaxClasses(tx, [
      { id: demoId.taxClass(SPARE), name: 'Catering', code: 'catering', rate: new Decimal(7) },
      { id: demoId.taxClass(SPARE_TAX_CLASS), name: 'Luxury', code: 'luxury', rate: new Decimal(33) },
    ]);
  });
  await addTaxRate(as(demoId.taxRate(1)), demoId.taxClass(SPARE), {
    rate: new Decimal(19),
    validFrom: new Date('2027-07-01T00:00:00Z'),
  });
  await bulkUpdateProducts(as(demoId.import(1)), {
    items: [
      { sku: 'DEMO-0004', description: 'Loose, by the kilogram.' },
      { sku: 'DEMO-9999', description: 'An unknown product.' },
    ],
  });
  await bulkUpdateCustomers(as(demoId.import(2)), {
    items: [
      { id: demoId.customer(1), notes: 'Collects on Fridays.' },
      { email: 'nobody@example.com', notes: 'An unknown customer.' },
    ],
  });
  await seedPrices(services, as);
  await createBarcodeRule(as(demoId.barcodeRule(1)), {
    name: 'Cheese counter',
    prefix: '27',
    measured: 'price',
  });
  await uploadProductImage(as(demoId.productImage(1)), demoId.product(1), {
    file: await coffeePicture(),
    alt: 'A bag of coffee',
  });
}

async function seedPrices(
  services: Services,
  as: (...ids: string[]) => ReturnType<typeof demoContext>,
): Promise<void> {
  // Already ended, so that today's prices are those of the assortment.
  const period = { validFrom: new Date('2024-12-01T00:00:00Z'), validTo: new Date('2025-01-07T00:00:00Z') };
  await createPriceList(as(demoId.priceList(1)), {
    name: 'Winter market',
    branchIds: [demoId.branch(1)],
    priority: 10,
    ...period,
  });
  await createPriceList(as(demoId.priceList(2)), { name: 'Opening week', ...period });
  const prices = [
    { sku: 'DEMO-0001', price: new Decimal('11.90') },
    { sku: 'DEMO-0001', price: new Decimal('10.90'), minQuantity: new Decimal(3) },
  ];
  await setListedPrices(demoContext(services, 1), demoId.priceList(1), prices);
}

async function coffeePicture() {
  const bytes = await drawingOf('Coffee and tea');
  return {
    filename: 'coffee.png',
    contentType: 'image/png',
    stream: Readable.from([bytes], { objectMode: false }),
  };
}
