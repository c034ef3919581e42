import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson } from '#kernel/canonical-json.rules';
import { inputText } from '#kernel/db/idempotency';
import { Decimal } from '#kernel/decimal';
import { requestHash } from '#subgraphs/orders/index';
import { signedText } from '#subgraphs/pos/offline/offline-signature.rules';

const input = {
  note: null,
  tip: undefined,
  clientReference: 'till-1',
  createdAt: new Date('2026-01-31T18:04:05.000Z'),
  items: [{ sku: 'TEA', quantity: new Decimal('2.50'), $price: 1, 10: 'ten', 9: 'nine' }, null, undefined],
  big: new Decimal('1e30'),
  payments: [{ method: 'cash', amount: new Decimal('-0.35') }],
  ä: { b: true, a: [] },
};

// Hashes of these texts lie in databases, and tills have signed them: they were computed before the three writers became one.
describe('the texts that hashes are made of never change', () => {
  it('of idempotent requests', () => {
    expect(createHash('sha256').update(inputText(input)).digest('hex')).toBe(
      'e13ddaacc22854684d0b0fe76d0d929619f9077102087cc4d36142e975b97d76',
    );
  });

  it('of client references', () => {
    expect(requestHash('checkout', input)).toBe(
      'ffd0cbcc8a87aa8728388e72b609908f743075220f8c1e0ccf1ca36bc3c04cc3',
    );
  });

  it('of sales that a device signs', () => {
    const items = input.items.slice(0, 1);
    expect(signedText({ ...input, items, device: { id: 'd', sequence: 1, signature: 'x' } } as never)).toBe(
      'pospro-offline-sale/1\n{"big":"1000000000000000000000000000000","client_reference":"till-1",' +
        '"created_at":"2026-01-31T18:04:05.000Z","device":{"id":"d","sequence":1},' +
        '"items":[{"9":"nine","10":"ten","$price":1,"quantity":"2.5","sku":"TEA"}],' +
        '"payments":[{"amount":"-0.35","method":"cash"}],"ä":{"a":[],"b":true}}',
    );
  });
});

it('says the same as JSON, in whatever order the members stand', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, member]) => [name, reversed(member)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }),
  );
});
