import fc from 'fast-check';
import { e164 } from '#subgraphs/customers/phone-numbers.rules';

it.each([
  ['+49 30 1234567', 'DE', '+49301234567'],
  ['030/1234567', 'DE', '+49301234567'],
  ['(0)30 1234567', 'DE', '+49301234567'],
  ['+49 (0)30 1234567 ext. 12', 'FR', '+49301234567'],
  ['0044 20 7946 0958', 'DE', '+442079460958'],
  ['0044 20 7946 0958', undefined, '+442079460958'],
  ['06 12 34 56 78', 'FR', '+33612345678'],
  ['12345', 'DE', null],
  ['030 1234567', undefined, null],
  ['030 1234567', 'AQ', null],
])('C5: %s in %s is %s', (text, country, expected) => {
  expect(e164(text, country)).toBe(expected);
});

it('is the same for its own answer, in any country', () => {
  const number = fc.stringMatching(/^0[1-9][0-9]{5,11}$/);
  const country = fc.constantFrom('DE', 'FR', 'GB', 'IT', undefined);
  fc.assert(
    fc.property(number, country, country, (text, home, other) => {
      const first = e164(text, home);
      if (first !== null) expect(e164(first, other)).toBe(first);
    }),
  );
});
