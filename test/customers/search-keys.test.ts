import fc from 'fast-check';
import { plain, searchKeys, searchPrefixes } from '../../subgraphs/customers/search-keys';

const finds = (text: string, customer: Parameters<typeof searchKeys>[0]) =>
  searchPrefixes(text).some((prefixes) => prefixes.every((prefix) => searchKeys(customer).some((key) => key.startsWith(prefix))));

const JOSE = { name: 'José Müller-Ødegaard', email: 'jose@example.com', phone: '+49 (176) 123-45' };

describe('the keys of a customer', () => {
  it('are words without accents, the mail address, and the phone’s digits both ways', () => {
    expect(searchKeys(JOSE)).toEqual(['jose', 'muller', 'ødegaard', 'jose@example.com', '4917612345', '-5432167194']);
    expect(searchKeys({ name: 'Ann ann', email: null, phone: '12' })).toEqual(['ann']);
  });

  it.each(['jo', 'JOSÉ', 'mull', 'Müller', 'jose mul', 'mul jo', 'jose@ex', '4917', '+49 176', '0176 12345', '12345', '345'])(
    'are found by "%s"',
    (text) => {
      expect(finds(text, JOSE)).toBe(true);
    },
  );

  it.each(['ose', 'maria', 'jose maria', 'example', '45', '999', '--', ' '])('are not found by "%s"', (text) => {
    expect(finds(text, JOSE)).toBe(false);
  });

  it('are found by every beginning of every word, and by every end of the number', () => {
    const word = fc.stringMatching(/^[a-zäöüé]{1,12}$/);
    const phone = fc.stringMatching(/^\+[1-9][0-9]{5,13}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), phone, fc.nat(), fc.nat(), (words, number, pick, length) => {
        const customer = { name: words.join(' '), email: null, phone: number };
        const chosen = words[pick % words.length]!;
        expect(finds(chosen.slice(0, 1 + (length % chosen.length)), customer)).toBe(true);
        const tail = number.slice(-(3 + (length % (number.length - 3))));
        // A tail of zeros alone says nothing.
        if (/[1-9]/.test(tail) && tail.replace(/^\+?0*/, '').length >= 3) expect(finds(tail, customer)).toBe(true);
      }),
    );
  });

  it('compare without case and accents', () => {
    expect(plain('ÀÉÎ ﬁ')).toBe('aei fi');
  });
});
