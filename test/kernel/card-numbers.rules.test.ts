/** Numbers of payment cards: found in every spelling, and told from all other numbers. */
import fc from 'fast-check';
import { maskCardNumbers } from '#kernel/card-numbers.rules';

/** Numbers that the networks and payment providers publish for tests. */
const CARDS = [
  '4111111111111111', '4012888888881881', '4222222222222', '4000056655665556', '4917610000000000003', // Visa
  '5555555555554444', '5105105105105100', '2223003122003222', '2720990000000007', // Mastercard
  '378282246310005', '371449635398431', '341111111111111', // American Express
  '30569309025904', '38520000023237', '36227206271667', '3056930009020004', // Diners Club
  '6011111111111117', '6011000990139424', '6445644564456445', '6500000000000002', // Discover
  '3530111333300000', '3566002020360505', // JCB
  '6200000000000005', '6205500000000000004', '8171999900000000021', // UnionPay
  '6759649826438453', '501800000009', '6304000000000000', '6799990100000000019', // Maestro
  '2200770239097761', '9792030394440796', '6074819900004939', '135412345678911', // Mir, Troy, RuPay, UATP
]; // prettier-ignore

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/**
 * Where the numbers of each network begin, from and to, and how long they are: ISO/IEC 7812 and what the networks publish. Discover,
 * UnionPay, RuPay and Elo share what begins with 6.
 */
const NETWORKS: readonly (readonly [name: string, from: string, to: string, ...lengths: number[]])[] = [
  ['Visa', '4', '4', 13, 16, 19],
  ['Mastercard', '51', '55', 16], ['Mastercard', '2221', '2720', 16],
  ['American Express', '34', '34', 15], ['American Express', '37', '37', 15],
  ['Diners Club', '300', '305', 14, 16, 19], ['Diners Club', '3095', '3095', 14, 16, 19],
  ['Diners Club', '36', '36', 14, 16, 19], ['Diners Club', '38', '39', 14, 16, 19],
  ['JCB', '3528', '3589', 16, 17, 18, 19],
  ['UnionPay', '81', '81', 16, 17, 18, 19], ['RuPay', '82', '82', 16],
  ['Maestro', '50', '50', 16, 17, 18, 19], ['Maestro', '56', '58', 16, 17, 18, 19],
  ['Maestro, short', '5018', '5018', 12, 13, 14, 15], ['Maestro, short', '5020', '5020', 12, 13, 14, 15],
  ['Maestro, short', '5038', '5038', 12, 13, 14, 15], ['Maestro, short', '5893', '5893', 12, 13, 14, 15],
  ['Maestro, short', '6304', '6304', 12, 13, 14, 15], ['Maestro, short', '6759', '6763', 12, 13, 14, 15],
  ['those with a 6', '60', '69', 16, 17, 18, 19],
  ['Mir', '2200', '2204', 16, 17, 18, 19], ['Troy', '9792', '9792', 16], ['UATP', '1', '1', 15],
]; // prettier-ignore

/** A number with a right check digit, of a prefix and a length. */
function numberOf(prefix: string, length: number): string {
  const body = prefix.padEnd(length - 1, '83');
  return body + [...'0123456789'].find((check) => passesLuhn(body + check))!;
}
const belongs = (number: string) =>
  NETWORKS.some(([, from, to, ...lengths]) => {
    const head = number.slice(0, from.length);
    return lengths.includes(number.length) && Number(head) >= Number(from) && Number(head) <= Number(to);
  });

/** The digits of a text in ASCII, and its stars. @param zero of the script that it is written in. */
const digitsOf = (text: string, zero: string) =>
  [...text]
    .filter((each) => /[\p{Nd}*]/u.test(each))
    .map((each) => (each === '*' ? each : String(each.codePointAt(0)! - zero.codePointAt(0)!)))
    .join('');
const masked = (card: string) => `${card.slice(0, 6)}${'*'.repeat(card.length - 10)}${card.slice(-4)}`;

/** A number of a network: its prefix, its length, and a check digit that is right. */
const anyCard = fc
  .tuple(
    fc.constantFrom(['4', 16], ['4', 19], ['51', 16], ['55', 16], ['2221', 16], ['2720', 16], ['34', 15], ['37', 15], ['36', 14], ['3589', 16], ['6011', 16], ['62', 17], ['65', 16], ['81', 19], ['2204', 16], ['6304', 16]) as fc.Arbitrary<[string, number]>,
    fc.array(fc.nat(9), { minLength: 18, maxLength: 18 }),
  )
  .map(([[prefix, length], digits]) => {
    const body = (prefix + digits.join('')).slice(0, length - 1);
    return body + [...'0123456789'].find((check) => passesLuhn(body + check))!;
  }); // prettier-ignore

const SEPARATORS = [
  '',
  ' ',
  '-',
  '.',
  '\u00a0',
  '\u2009',
  '\u2013',
  '\u2014',
  '  ',
  ' - ',
  '\u200b',
  '_',
  '\t',
  '\u3000',
  '/',
];

const spelled = fc
  .tuple(
    anyCard,
    fc.constantFrom(...SEPARATORS),
    fc.constantFrom(1, 2, 4, 5, 19),
    fc.constantFrom('0', '０', '٠', '०', '𝟎'),
  )
  .map(([card, separator, size, zero]) => {
    const groups = card.match(new RegExp(`.{1,${size}}`, 'g'))!;
    const digits = (text: string) =>
      [...text].map((digit) => String.fromCodePoint(zero.codePointAt(0)! + Number(digit))).join('');
    return { card, zero, text: groups.map(digits).join(separator) };
  });

describe('a text', () => {
  it.each(CARDS)('keeps six and four digits of %s', (card) => {
    expect(maskCardNumbers(card)).toBe(masked(card));
    expect(maskCardNumbers(`paid with ${card}, exp 12/27`)).toBe(`paid with ${masked(card)}, exp 12/27`);
  });

  it('keeps them in every spelling, and everything around', () => {
    fc.assert(
      fc.property(spelled, fc.constantFrom('', 'Card: ', 'x', '#', '(', '"', 'Karte №', 'UUID 0190a000-0000-7000-8000-00000000abcd '), ({ card, zero, text }, before) => {
        const result = maskCardNumbers(`${before}${text} thanks`);
        expect(result.startsWith(before) && result.endsWith(' thanks')).toBe(true);
        expect(digitsOf(result.slice(before.length), zero)).toBe(masked(card));
        expect(maskCardNumbers(result)).toBe(result);
      }),
      { numRuns: 3_000 },
    ); // prettier-ignore
  });

  it('keeps them beside other numbers', () => {
    expect(maskCardNumbers('4111 1111 1111 1111 12 27 123')).toBe('4111 11** **** 1111 12 27 123');
    expect(maskCardNumbers('12 4111 1111 1111 1111')).toBe('12 4111 11** **** 1111');
    expect(maskCardNumbers('5555555555554444,4111111111111111')).toBe('555555******4444,411111******1111');
    expect(maskCardNumbers('%B4111111111111111^DOE/J^2712')).toBe('%B411111******1111^DOE/J^2712');
    expect(maskCardNumbers(';4111111111111111=27121010000012345678?')).toBe(
      ';411111******1111=27121010000012345678?',
    );
    expect(maskCardNumbers('4111-1111-1111-1111\n5555-5555-5555-4444')).toBe(
      '4111-11**-****-1111\n5555-55**-****-4444',
    );
  });

  it('P7: keeps all digits of a phone number and of an EAN, and finds the card behind them', () => {
    expect(maskCardNumbers('+4111111111111111')).toBe('+4111111111111111');
    expect(maskCardNumbers('+1 4111 1111 1111 1111')).toBe('+1 4111 11** **** 1111');
    expect(maskCardNumbers('A+ 4111 1111 1111 1111')).toBe('A+ 4111 11** **** 1111');
    // An EAN that fails Luhn is read at once; one in ten passes, and is known by the check digit of GS1.
    expect(maskCardNumbers('EAN 4006381333931')).toBe('EAN 4006381333931');
    // These two differ in the check digit of GS1 alone, which the first one has.
    expect(maskCardNumbers('4006381967457, 4222222222222')).toBe('4006381967457, 422222***2222');
  });

  it.each(['SIRET', 'siren', 'Imei', 'ICCID'])('keeps what is announced as %s', (word) => {
    const number = '341111111111111';
    const kept = [
      `${word}${number}`,
      `${word} ${number}`,
      `(${word}: ${number})`,
      `Nr. 1, ${word} – ${number}`,
    ];
    expect(kept.map(maskCardNumbers)).toEqual(kept);
    const found = [
      `${word} or ${number}`,
      `${word} ... ${number}`,
      `x${word} ${number}`,
      `${word}: none.\nCard: ${number}`,
    ];
    expect(found.map(maskCardNumbers)).toEqual(found.map((text) => text.replace(number, masked(number))));
  });

  it('takes what stands before or behind a bare dot for an amount of money, unless all of it is written with dots', () => {
    expect(maskCardNumbers('4111.1111.1111.1111')).toBe('4111.11**.****.1111');
    expect(maskCardNumbers('4111 1111 1111 1111. 99')).toBe('4111 11** **** 1111. 99');
    const amounts = [
      '4111111111111111.00',
      '12.4111111111111111',
      '4111 1111 1111.1111',
      '4111.1111 1111 1111',
    ];
    expect(amounts.map(maskCardNumbers)).toEqual(amounts);
  });

  it.each(NETWORKS.map(([name, from, to, ...lengths]) => ({ name, from, to, lengths })))(
    'keeps six and four digits of what $name has from $from to $to',
    ({ from, to, lengths }) => {
      const numbers = lengths.flatMap((length) => [numberOf(from, length), numberOf(to, length)]);
      expect(numbers.map(maskCardNumbers)).toEqual(numbers.map(masked));
    },
  );

  it('keeps all digits of the numbers beside those ranges, and of other lengths', () => {
    const beside = NETWORKS.flatMap(([, from, to, ...lengths]) => [
      ...lengths.flatMap((length) => [
        numberOf(String(Number(from) - 1), length),
        numberOf(String(Number(to) + 1), length),
      ]),
      ...[11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21].flatMap((length) => [
        numberOf(from, length),
        numberOf(to, length),
      ]),
    ]).filter((number) => !belongs(number));
    expect(beside.length).toBeGreaterThan(300);
    expect(beside.map(maskCardNumbers)).toEqual(beside);
  });

  it.each([
    '4111111111111112', // no check digit of Luhn's
    '4006381333931', '09506000134352', '(01)09506000134352(17)270101', // GTINs
    '+4915112345678', '0176 12345678', '+1 (555) 010-9999',
    '0190a000-0000-7000-8000-000000000001', '41111111-1111-1111-8111-111111111111', '4111111a-1111-1111-8111-11111111111F',
    'DE89 3704 0044 0532 0130 00', 'B1-2026-000123', '20260131-0001-000123', '2026-01-31T18:04:05.000Z',
    '12.50 4.25 3.99 11.00 7.25 4.10', '0.4111111111111111', '3.14159265358979323846',
    'SIRET 36252187900034', 'siret: 362 521 879 00034', '00000000000000', '1764138740000',
    'deadbeef4111111111111111111111111111', '9007199254740991',
  ])('keeps %s, which is no number of a card', (text) => {
    expect(maskCardNumbers(text)).toBe(text);
  }); // prettier-ignore
});
