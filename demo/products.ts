/** Turns the shelf list into products with SKUs, EAN-13 codes, prices and costs. */
import { Decimal } from '#kernel/decimal';
import type { NewProduct } from '#subgraphs/catalog/index';
import { DEPARTMENTS } from './assortment';
import { demoId } from './ids';

/** A product of the demo shop with the data that the rest of the seed needs. */
export interface DemoProduct extends NewProduct {
  variantId: string;
  sku: string;
  cost: Decimal;
  weighed: boolean;
  /** Nearly out of stock from the start, so that the low-stock lists have content; the history does not sell it. */
  scarce: boolean;
}

/** The prices of the second and third sort of an article, relative to the first. */
const SORT_FACTORS = [1, 1.65, 2.4] as const;
/** The cost as a share of the price without tax. */
const COST_SHARE = 0.62;

const packing = (weight: string, length: number, width: number, height: number) => ({
  weight: new Decimal(weight),
  length: new Decimal(length),
  width: new Decimal(width),
  height: new Decimal(height),
});
/** Weights and dimensions of what is sold by the piece, in turn. */
const PACKINGS = [
  packing('0.25', 15, 10, 5),
  packing('1.05', 30, 12, 8),
  packing('0.5', 20, 10, 8),
  packing('0.125', 10, 8, 4),
];

/** Keys of the scale, by the name of the goods: the five digits of the item on its labels (docs/BARCODES.md has examples to scan). */
const SCALE_KEYS: Readonly<Record<string, string>> = { 'Tomatoes on the vine, loose': '04664' };

export const TAX_CLASSES = [
  { id: demoId.taxClass(1), name: 'Standard rate', code: 'standard', rate: new Decimal(19), isDefault: true },
  { id: demoId.taxClass(2), name: 'Reduced rate', code: 'reduced', rate: new Decimal(7) },
  { id: demoId.taxClass(3), name: 'Zero rate', code: 'zero', rate: new Decimal(0) },
  // At the reduced rate, too: the tax report keeps both classes apart.
  { id: demoId.taxClass(4), name: 'Fresh food', code: 'fresh', rate: new Decimal(7) },
];

export const CATEGORIES = DEPARTMENTS.map(({ category }, index) => ({
  id: demoId.category(index + 1),
  name: category,
}));

const brandNames = [...new Set(DEPARTMENTS.flatMap(({ articles }) => articles.map(({ brand }) => brand)))];
export const BRANDS = brandNames.map((name, index) => ({ id: demoId.brand(index + 1), name }));

/** The product of the guide's examples. */
function guideProduct(): DemoProduct {
  return product({
    number: 1,
    name: 'House Blend Coffee 1 kg',
    barcode: '123456789',
    price: new Decimal('12.50'),
    category: 'Coffee and tea',
    brand: 'Meridian',
    taxClass: 'reduced',
    weighed: false,
    minimumAge: null,
    // It has its own image, which is uploaded as in a real shop.
    imageUrl: null,
  });
}

/**
 * All products, the guide's first; their order and ids never change.
 * @param pictures the address of each department's image, by the department's name.
 */
export function demoProducts(pictures: ReadonlyMap<string, string>): DemoProduct[] {
  const products = [guideProduct()];
  for (const { category, taxClass, unit, minimumAge, sorts, articles } of DEPARTMENTS) {
    for (const article of articles) {
      sorts.forEach((sort, index) => {
        const number = products.length + 1;
        const price = new Decimal(article.price).times(SORT_FACTORS[index]!).toDecimalPlaces(1).minus('0.01');
        products.push(
          product({
            number,
            name: `${article.name}, ${sort}`,
            barcode: ean13(number),
            price,
            category,
            brand: article.brand,
            taxClass,
            weighed: unit === 'kg' && index === 0,
            minimumAge: minimumAge ?? null,
            imageUrl: pictures.get(category) ?? null,
          }),
        );
      });
    }
  }
  return products;
}

interface ProductDescription {
  number: number;
  name: string;
  barcode: string;
  price: Decimal;
  category: string;
  brand: string;
  taxClass: string;
  weighed: boolean;
  minimumAge: number | null;
  imageUrl: string | null;
}

function product(description: ProductDescription): DemoProduct {
  const { number, price, weighed } = description;
  const sku = `DEMO-${String(number).padStart(4, '0')}`;
  const cost = price.times(COST_SHARE).toDecimalPlaces(4);
  const variantId = demoId.variant(number);
  // The shipping of what is sold by weight follows from its quantity.
  const sizes = weighed ? {} : PACKINGS[number % PACKINGS.length]!;
  const scaleKey = SCALE_KEYS[description.name];
  const barcodes = [description.barcode, ...(scaleKey === undefined ? [] : [scaleKey])];
  return {
    id: demoId.product(number),
    name: description.name,
    categoryId: CATEGORIES.find(({ name }) => name === description.category)!.id,
    brandId: BRANDS.find(({ name }) => name === description.brand)!.id,
    taxClassId: TAX_CLASSES.find(({ code }) => code === description.taxClass)!.id,
    unit: weighed ? 'kg' : 'piece',
    quantityPlaces: weighed ? 3 : 0,
    minimumAge: description.minimumAge,
    imageUrl: description.imageUrl,
    // Products of the café corner are not stocked.
    trackStock: description.category !== 'Café corner',
    variants: [{ id: variantId, sku, price, cost, ...sizes, barcodes }],
    variantId,
    sku,
    cost,
    weighed,
    scarce: number % 40 === 8,
  };
}

/** An EAN-13 in the range that GS1 keeps for restricted distribution, so that no demo code is a real product's. */
function ean13(number: number): string {
  const digits = `040${String(number).padStart(9, '0')}`;
  const weighted = [...digits].reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return `${digits}${(10 - (weighted % 10)) % 10}`;
}
