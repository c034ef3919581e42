/** The text that a device signs, as docs/OFFLINE.md describes it, and its signatures. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { isSignedBy, signedText } from '#subgraphs/pos/offline/offline-signature.rules';
import { amount as d } from '#test/harness/values';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const sale = {
  registerId: 'r-1',
  clientReference: 'a',
  createdAt: new Date('2026-01-31T18:04:05Z'),
  note: null,
  customerId: undefined,
  ageConfirmed: false,
  redeemPoints: 0,
  items: [
    { sku: 'TEA', quantity: d('2.50'), discount: { percent: d('10.0'), amount: null }, note: 'Ü "x"\n' },
    { quantity: d('1e21') },
  ],
  payments: [],
  device: { id: 'd-1', sequence: 7, signature: '' },
};

it('is JSON without blanks, its members in order, decimals and moments as texts, without absent members', () => {
  expect(signedText(sale)).toBe(
    'pospro-offline-sale/1\n' +
      '{"age_confirmed":false,"client_reference":"a","created_at":"2026-01-31T18:04:05.000Z","device":{"id":"d-1","sequence":7},' +
      '"items":[{"discount":{"percent":"10"},"note":"Ü \\"x\\"\\n","quantity":"2.5","sku":"TEA"},{"quantity":"1000000000000000000000"}],' +
      '"payments":[],"redeem_points":0,"register_id":"r-1"}',
  );
  expect(signedText({})).toBe('pospro-offline-sale/1\n{"device":{}}');
  expect(signedText({ device: null })).toBe(signedText({}));
  const withNulls = { tokens: [null, 'a'] };
  expect(signedText(withNulls as object)).toBe('pospro-offline-sale/1\n{"device":{},"tokens":[null,"a"]}');
});

it('does not depend on the order of members, nor on how a decimal was written', () => {
  const reversed = (value: object) => Object.fromEntries(Object.entries(value).reverse());
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.integer()),
      fc.integer(),
      (members, cents) => {
        const amount = d(String(cents)).dividedBy(100);
        const padded = d(amount.toFixed(4));
        expect(signedText(reversed({ ...members, amount: padded }))).toBe(
          signedText({ ...members, amount } as object),
        );
      },
    ),
  );
});

describe('a signature', () => {
  type Sale = typeof sale;
  const signedBy = (key: KeyObject, text: string) => sign(null, Buffer.from(text), key);
  const own = () => signedBy(privateKey, signedText(sale));
  const isRight = (signature: Buffer | string, more: Partial<Sale> = {}) => {
    const text = typeof signature === 'string' ? signature : signature.toString('base64');
    return isSignedBy(publicKey, { ...sale, ...more, device: { ...sale.device, signature: text } });
  };

  it('of the device is right, in base64 and in base64url', () => {
    expect([isRight(own().toString('base64')), isRight(own().toString('base64url'))]).toEqual([true, true]);
  });

  it.each([
    ['none', () => isSignedBy(publicKey, { ...sale, device: null })],
    ['an empty one', () => isRight('')],
    ['half of it', () => isRight(own().subarray(0, 32))],
    ['more than it', () => isRight(Buffer.concat([own(), Buffer.from([0])]))],
    ['one of zeros', () => isRight(Buffer.alloc(64))],
    ['that of another sale', () => isRight(own(), { registerId: 'r-2' })],
    [
      'that of the text without its first line',
      () => isRight(signedBy(privateKey, signedText(sale).split('\n')[1]!)),
    ],
    [
      'another key\u2019s',
      () => isRight(signedBy(generateKeyPairSync('ed25519').privateKey, signedText(sale))),
    ],
  ])('is not %s', (_, attempt) => {
    expect(attempt()).toBe(false);
  });
});
