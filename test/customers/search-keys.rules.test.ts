import fc from 'fast-check';
import { isPhone, searchKeys, searchPrefixes } from '#subgraphs/customers/search-keys.rules';

const finds = (text: string, customer: Parameters<typeof searchKeys>[0]) =>
  searchPrefixes(text).some((prefixes) =>
    prefixes.every((prefix) => searchKeys(customer).some((key) => key.startsWith(prefix))),
  );

const JOSE = { name: 'José Müller-Ødegaard', email: 'jose@example.com', phone: '+49 (176) 123-45' };

describe('the keys of a customer', () => {
  it('are words without accents, the mail address, and the phone’s digits both ways', () => {
    expect(searchKeys(JOSE)).toEqual([
      'jose', 'muller', 'odegaard', 'jose@example.com', '4917612345', '17612345', '-5432167194',
    ]); // prettier-ignore
    expect(searchKeys({ name: 'Ann ann', email: null, phone: '12' })).toEqual(['ann']);
  });

  it.each([
    'jo',
    'JOSÉ',
    'mull',
    'Müller',
    'jose mul',
    'mul jo',
    'jose@ex',
    '4917',
    '+49 176',
    '0176 12345',
    '12345',
    '345',
  ])('are found by "%s"', (text) => {
    expect(finds(text, JOSE)).toBe(true);
  });

  it.each(['ose', 'maria', 'jose maria', 'example', '45', '999', '--', ' '])(
    'are not found by "%s"',
    (text) => {
      expect(finds(text, JOSE)).toBe(false);
    },
  );

  it('are found by every beginning of every word, and by every end of the number', () => {
    const word = fc.stringMatching(/^[a-zäöüé]{1,12}$/);
    const phone = fc.stringMatching(/^\+[1-9][0-9]{5,13}$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 4 }),
        phone,
        fc.nat(),
        fc.nat(),
        (words, number, pick, length) => {
          const customer = { name: words.join(' '), email: null, phone: number };
          const chosen = words[pick % words.length]!;
          expect(finds(chosen.slice(0, 1 + (length % chosen.length)), customer)).toBe(true);
          const tail = number.slice(-(3 + (length % (number.length - 3))));
          // A tail of zeros alone says nothing.
          if (/[1-9]/.test(tail) && tail.replace(/^\+?0*/, '').length >= 3)
            expect(finds(tail, customer)).toBe(true);
        },
      ),
    );
  });

  it('are found by last digits that look like a country code', () => {
    const customer = { name: 'x', email: null, phone: '+10002000' };
    expect(['002000', '0002000', '02000', '2000'].map((tail) => finds(tail, customer))).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('compare without case and accents', () => {
    expect(searchKeys({ name: 'ÀÉÎ ﬁ', email: null, phone: null })).toEqual(['aei', 'fi']);
  });

  const SPELLINGS = [
    '+49 176 1234567', '+49 (0)176 1234567', '0049 176 1234567', '0049 (0) 176 / 123 45 67', '(+49) 176-1234567', '0176 1234567',
    '0176/123.45.67', '+49 176 1234567 ext. 12', '0176 1234567 x12', '＋４９ １７６ １２３４５６７', '٠١٧٦ ١٢٣٤٥٦٧', '+491761234567',
  ]; // prettier-ignore
  it.each(SPELLINGS)('of a phone are found in every form: kept as %s', (phone) => {
    expect(isPhone(phone)).toBe(true);
    const customer = { name: 'Ann', email: null, phone };
    for (const typed of [...SPELLINGS, '1761234567', '0176 12', '34567'])
      expect([typed, finds(typed, customer)]).toEqual([typed, true]);
    for (const typed of ['0177 1234567', '+43 176 1234568', '0176 1234568'])
      expect([typed, finds(typed, customer)]).toEqual([typed, false]);
  });

  it('of a phone know what is dialled before it at home, whatever the country', () => {
    for (const [phone, typed] of [
      ['+7 912 345-67-89', '8 912 3456789'], ['+36 20 123 4567', '06 20 1234567'], ['+39 06 6982', '06 6982'], ['+1 202 555 0123', '(202) 555-0123'],
    ] as const) expect([typed, finds(typed, { name: 'Ann', email: null, phone })]).toEqual([typed, true]); // prettier-ignore
  });

  it.each(['call me', '', '--', '+49 176 abc', 'x12'])('of "%s" are no phone', (text) => {
    expect(isPhone(text)).toBe(false);
  });
});
