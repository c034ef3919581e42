/** The zone of an address. */
import fc from 'fast-check';
import {
  isAreaCountry,
  isPostalPattern,
  normalizedPostalCode,
  placesOf,
  zoneOf,
  type ShippingArea,
} from '#subgraphs/shipping/zones/zone-match.rules';

const zone = (name: string, ...areas: (readonly [country: string, ...postalCodes: string[]])[]) => ({
  name,
  areas: areas.map(([country, ...postalCodes]): ShippingArea => ({ country, postalCodes })),
});
const ZONES = [
  zone('rest', ['*']),
  zone('union', ['EU']),
  zone('germany', ['DE']),
  zone('berlin', ['DE', '10*', '12*']),
  zone('district', ['DE', '109*']),
  zone('street', ['DE', '10969']),
  zone('islands', ['DE', '27498', '25845...25849', '26465...26486']),
  zone('capital', ['GB', 'SW1A*']),
];
const found = (country: string, postalCode: string | null = null) =>
  zoneOf(ZONES, { country, postalCode })?.name;

it('S7: the longest prefix decides, then the country, the European Union and the rest', () => {
  expect(found('DE', '10115')).toBe('berlin');
  expect(found('DE', '10961')).toBe('district');
  expect(found('DE', '10969')).toBe('street');
  expect(found('DE', '80331')).toBe('germany');
  expect(found('DE')).toBe('germany');
  expect(found('FR', '75001')).toBe('union');
  expect(found('US', '10115')).toBe('rest');
});

it('S7: islands are ranges whose ends are inside', () => {
  expect(['25844', '25845', '25849', '25850', '27498'].map((code) => found('DE', code))).toEqual([
    'germany',
    'islands',
    'islands',
    'germany',
    'islands',
  ]);
});

it('compares postal codes without blanks, hyphens and case', () => {
  expect(found('GB', 'sw1a 1aa')).toBe('capital');
  expect(normalizedPostalCode(' 100-0001 ')).toBe('1000001');
  expect(found('GB', 'SW2A 1AA')).toBe('rest');
});

it('without the rest of the world, other countries have no zone', () => {
  expect(zoneOf(ZONES.slice(1), { country: 'US', postalCode: null })).toBeUndefined();
  expect(zoneOf(ZONES.slice(0, 0), { country: 'DE', postalCode: null })).toBeUndefined();
});

it('accepts codes, prefixes and ranges in order', () => {
  expect(['10115', '10*', '27498...27499', 'SW1A*', '1...1'].map(isPostalPattern)).toEqual(
    Array(5).fill(true),
  );
  expect(['', '*', '10**', '27499...27498', '1...10', '10-20', 'ä*'].map(isPostalPattern)).toEqual(
    Array(7).fill(false),
  );
  expect(['DE', 'EU', '*', 'UK', 'XX', ''].map(isAreaCountry)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(placesOf(ZONES[4]!.areas)).toEqual(['DE 109*']);
});

it('a longer prefix always wins, whatever the order of the zones', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^\d{5}$/),
      fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      (code, lengths) => {
        const zones = lengths.map((length) => ({
          length,
          areas: [{ country: 'DE', postalCodes: [`${code.slice(0, length)}*`] }],
        }));
        const best = zoneOf(zones, { country: 'DE', postalCode: code });
        expect(best?.length).toBe(Math.max(...lengths));
      },
    ),
  );
});
