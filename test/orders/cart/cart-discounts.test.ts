/** Guests of a web shop as limits by customer know them: one guest, however the phone number was typed. */
import fc from 'fast-check';
import { customerKeys } from '#subgraphs/marketing/uses/customer-keys';
import { activateCampaign, createCampaign } from '#subgraphs/marketing/campaigns/campaigns';
import { generateDiscountCodes } from '#subgraphs/marketing/codes/discount-codes';
import { applyCartCode } from '#subgraphs/orders/cart/cart-codes';
import { buyerOf } from '#subgraphs/orders/cart/cart-discounts';
import { addToCart } from '#subgraphs/orders/cart/cart-items';
import { checkoutCart } from '#subgraphs/orders/cart/checkout-cart';
import { cartErrors } from '#subgraphs/orders/cart/update-cart';
import { carts } from '#subgraphs/orders/tables.generated';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, codeOf } from '#test/harness/values';

const shippingAddress = { line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969', country: 'DE' };

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db, { articles: [{ sku: 'A', price: '25.00', stock: '1000' }] });
});
afterAll(() => db.close());

/** The keys of a guest who has typed this number, and the country of the shipment. */
function keysOf(phone: string, country: string | null): Promise<string[]> {
  expect(cartErrors({ phone })).toEqual([]);
  const address = { recipient: null, line2: null, region: null, phone: null, ...shippingAddress };
  const cart = carts.complete({
    ...{ id: shop.ctx.ids.next(), organizationId: shop.organizationId, branchId: shop.branchId },
    ...{ channel: 'web', codes: [], createdAt: new Date(), updatedAt: new Date(), expiresAt: new Date() },
    ...{ phone, shippingAddress: country === null ? null : { ...address, country } },
  });
  return customerKeys(shop.ctx, shop.ctx.db, buyerOf(cart));
}

/** Spellings of one number each: valid ones, and those that no country has. */
const NUMBERS: readonly (readonly string[])[] = [
  [
    '+49 30 901820',
    '0049 30 901820',
    '(030) 90-18-20',
    '030/901820',
    '+49 (0)30 901820',
    '030901820 ext. 12',
    '+49.30.901820',
    '＋４９ ３０ ９０１８２０',
    '٠٣٠٩٠١٨٢٠',
  ],
  ['12345', '12 345', '(1) 23-45', '１２３４５', '12345 ext. 7', '12.34.5', '١٢٣٤٥'],
  ['+49 1', '0049 1', '+49-1', '＋４９ 1'],
  ['7', ' 7 ', '(7)'],
  ['0', '00', '0-0', '(0)', '()', '+', '0000 0000'],
  ['+999 123456789', '00999 123456789', '+999/123/456/789'],
  ['1'.repeat(38), `${'1'.repeat(19)} ${'1'.repeat(19)}`],
];

it.each([['DE'], [null], ['AT']])(
  'is one guest in every spelling, and others with other numbers, shipped to %s',
  async (country) => {
    const found: string[] = [];
    for (const spellings of NUMBERS) {
      // Of a number without a country code, only the country says which one it is.
      const typed = country !== 'DE' ? spellings.filter((one) => !/^\D*(0[1-9]|٠)/.test(one)) : spellings;
      const keys = await Promise.all(typed.map((phone) => keysOf(phone, country)));
      const [first] = keys;
      expect({ typed, keys }).toEqual({ typed, keys: typed.map(() => first) });
      expect(first).toHaveLength(1);
      found.push(first![0]!);
    }
    expect(new Set(found).size).toBe(NUMBERS.length);
  },
);

it('is known by any digits, with any marks between them', async () => {
  const marks = fc.constantFrom('', ' ', '-', '/', '.');
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 });
  const typed = digits.chain((all) =>
    fc.array(marks, { minLength: all.length, maxLength: all.length }).map((between) => ({
      plain: all.join(''),
      marked: all.map((digit, index) => `${digit}${index === all.length - 1 ? '' : between[index]}`).join(''),
    })),
  );
  await fc.assert(
    fc.asyncProperty(
      typed.filter(({ marked }) => marked.length <= 40),
      async ({ plain, marked }) => {
        const keys = await keysOf(plain, 'DE');
        expect(keys).toHaveLength(1);
        expect(await keysOf(marked, 'DE')).toEqual(keys);
      },
    ),
    { numRuns: 200 },
  );
});

it.each([
  ['030 901820', '+49 (0)30 90 18 20'],
  ['12345', '123-45'],
])('uses a code for one use by each customer once, with the number %s and as %s', async (first, second) => {
  const { id: campaignId } = await createCampaign(shop.ctx, {
    name: `Once ${first}`,
    action: { type: 'amount', amount: amount(5) },
    requiresCode: true,
  });
  await activateCampaign(shop.ctx, campaignId);
  const [code] = [`ONCE${first.replace(/\D/g, '')}`];
  await generateDiscountCodes(shop.ctx, { campaignId, code, usesPerCustomer: 1 });
  const order = async (phone: string) => {
    const cartId = await addToCart(shop.ctx, { sku: 'A' });
    await applyCartCode(shop.ctx, cartId, { code });
    const payment = { paymentMethod: 'bank_transfer' } as const;
    return codeOf(checkoutCart(shop.ctx, { cartId, phone, shippingAddress, ...payment }, shippingQuotes));
  };
  expect([await order(first), await order(second), await order('030 901821')]).toEqual([
    'none',
    'DISCOUNT_INVALID',
    'none',
  ]);
});
