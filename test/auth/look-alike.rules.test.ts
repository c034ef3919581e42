/** Which names a person takes for one another. */
import fc from 'fast-check';
import { looksLike } from '#subgraphs/auth/look-alike.rules';

it.each([
  ['the same name', 'cashier', 'cashier', true],
  ['another case', 'cashier', 'CASHIER', true],
  ['a Cyrillic letter', 'cashier', '\u0441ashier', true],
  ['a Cyrillic capital', 'admin', '\u0410dmin', true],
  ['a Greek letter', 'cashier', 'c\u03b1shier', true],
  ['full width', 'cashier', '\uff43\uff41\uff53\uff48\uff49\uff45\uff52', true],
  ['mathematical letters', 'cashier', '\u{1d41c}ashier', true],
  ['a letter and its mark apart', 'caf\u00e9', 'cafe\u0301', true],
  ['blanks at the ends', 'cashier', '\u00a0cashier ', true],
  ['more blanks between', 'shift lead', 'shift \t lead', true],
  ['a small i without its dot', 'cashier', 'cash\u0131er', true],
  ['a capital I for a small l', 'admln', 'admIn', true],
  ['a capital I for a small i', 'admin', 'admIn', true],
  ['a small l in a name of capitals', 'ADMIN', 'ADMlN', true],
  ['a digit', 'accountant', 'acc0untant', true],
  ['rn for m', 'manager', 'rnanager', true],
  ['one letter more', 'cashier', 'cashiers', false],
  ['another letter', 'cashier', 'cashiez', false],
  ['no blank', 'shift lead', 'shiftlead', false],
  ['an accent', 'cafe', 'caf\u00e9', false],
  ['another alphabet', 'кассир', 'kassir', false],
  ['nothing', 'cashier', '', false],
])('%s: %j and %j', (_, one, other, alike) => {
  expect([looksLike(one, other), looksLike(other, one)]).toEqual([alike, alike]);
});

it('is true of a name and itself, in whatever case, however its letters are composed, with blanks around', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      expect(looksLike(name, name)).toBe(true);
      expect(looksLike(name, ` ${name}\n`)).toBe(true);
      expect(looksLike(name, name.normalize('NFD'))).toBe(true);
      expect(looksLike(name.toLowerCase(), name)).toBe(true);
    }),
  );
});
