/** GS1's application identifiers as the General Specifications list them: the length of their data, and what they say of a quantity. */
import { checkDigit } from '#subgraphs/catalog/barcodes/gtin.rules';
import { parseElements } from '#subgraphs/catalog/barcodes/gs1-elements.rules';
import { identifierAt, identifierNamed } from '#subgraphs/catalog/barcodes/gs1-identifiers.rules';
import { contentOf, type MeasureRole } from '#subgraphs/catalog/barcodes/gs1-measures.rules';

const DIGITS = [...'0123456789'];
const ALL = [2, 3, 4]
  .flatMap((length) =>
    Array.from({ length: 10 ** length }, (_, number) => String(number).padStart(length, '0')),
  )
  .filter((digits) => identifierNamed(digits) !== undefined);

describe('the identifiers', () => {
  it('are each known once: none begins with another', () => {
    // As many as the dictionary of July 2026 has, with ranges counted one by one.
    expect(ALL).toHaveLength(541);
    expect(ALL.map((name) => identifierAt(`${name}000`)?.identifier)).toEqual(ALL);
  });

  it.each(['3106000000', '3170000000', '3380000000', '3580000000', '05123', '4400', '7012', '9'])(
    'do not have %s',
    (text) => {
      expect(parseElements(text)).toBeUndefined();
    },
  );

  // Figure 3.2-1: identifier, title, the fewest and the most characters of its data; of digits, or of letters, too.
  it.each<[string, string, number, number, '1' | 'A1']>([
    ['00', 'SSCC', 18, 18, '1'], ['01', 'GTIN', 14, 14, '1'], ['02', 'CONTENT', 14, 14, '1'], ['03', 'MTO GTIN', 14, 14, '1'],
    ['10', 'BATCH/LOT', 1, 20, 'A1'], ['11', 'PROD DATE', 6, 6, '1'], ['15', 'BEST BEFORE', 6, 6, '1'], ['17', 'USE BY', 6, 6, '1'],
    ['20', 'VARIANT', 2, 2, '1'], ['21', 'SERIAL', 1, 20, 'A1'], ['22', 'CPV', 1, 20, 'A1'], ['235', 'TPX', 1, 28, 'A1'],
    ['240', 'ADDITIONAL ID', 1, 30, 'A1'], ['242', 'MTO VARIANT', 1, 6, '1'], ['253', 'GDTI', 13, 30, '1'], ['255', 'GCN', 13, 25, '1'],
    ['30', 'VAR COUNT', 1, 8, '1'], ['3103', 'NET WEIGHT (kg)', 6, 6, '1'], ['37', 'COUNT', 1, 8, '1'],
    ['3902', 'AMOUNT', 1, 15, '1'], ['3912', 'AMOUNT, with currency', 4, 18, '1'], ['3922', 'PRICE', 1, 15, '1'], ['3932', 'PRICE, with currency', 4, 18, '1'],
    ['3940', 'PRCNT OFF', 4, 4, '1'], ['3952', 'PRICE/UoM', 6, 6, '1'], ['401', 'GINC', 1, 30, 'A1'], ['402', 'GSIN', 17, 17, '1'],
    ['410', 'SHIP TO LOC', 13, 13, '1'], ['420', 'SHIP TO POST', 1, 20, 'A1'], ['422', 'ORIGIN', 3, 3, '1'], ['423', 'COUNTRY, initial', 3, 15, '1'],
    ['427', 'ORIGIN SUBDIVISION', 1, 3, 'A1'], ['4307', 'SHIP TO COUNTRY', 2, 2, 'A1'], ['7003', 'EXPIRY TIME', 10, 10, '1'],
    ['7007', 'HARVEST DATE', 6, 12, '1'], ['7011', 'TEST BY DATE', 6, 10, '1'], ['8001', 'DIMENSIONS', 14, 14, '1'], ['8003', 'GRAI', 14, 30, '1'],
    ['8005', 'PRICE PER UNIT', 6, 6, '1'], ['8006', 'ITIP', 18, 18, '1'], ['8008', 'PROD TIME', 8, 12, '1'], ['8011', 'CPID SERIAL', 1, 12, '1'],
    ['8018', 'GSRN', 18, 18, '1'], ['8111', 'POINTS', 4, 4, '1'], ['90', 'INTERNAL', 1, 30, 'A1'], ['99', 'INTERNAL', 1, 90, 'A1'],
  ])('%s (%s) have %i to %i characters', (identifier, _, fewest, most, kind) => {
    const { format } = identifierNamed(identifier)!;
    const data = (length: number) => kind.repeat(length).slice(0, length);
    const fits = [fewest - 1, fewest, most, most + 1].map((length) => format.test(data(length)));
    expect(fits).toEqual([false, true, true, false]);
    // Where there may be letters, digits alone will do; the reverse does not hold.
    expect(format.test('A'.repeat(fewest))).toBe(kind === 'A1');
  }); // prettier-ignore

  it('have data of open parts: a country each, or a serial number behind the key', () => {
    const fits = (identifier: string, data: string) => identifierNamed(identifier)!.format.test(data);
    expect(['276', '276040', '2760', '276040756056528'].map((data) => fits('423', data))).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect([
      fits('253', '4012345000009SERIAL-7'),
      fits('253', 'SERIAL-7'),
      fits('255', '4012345000009SERIAL'),
    ]).toEqual([true, false, false]);
  });

  // Section 7.11: the characters of set 82, of set 39, and of base64url.
  it.each([
    ['10', `!"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz`, 82],
    ['8010', '#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', 39],
    ['8030', '-0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz', 65],
  ])('of %s has the characters %s and no others', (identifier, characters, count) => {
    const ascii = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
    const fitting = ascii.filter((sign) => identifierNamed(identifier)!.format.test(sign));
    expect([fitting.join(''), fitting.length]).toEqual([characters, count]);
  });

  // Figure 7.8.5-2: identifiers whose data needs no separator behind it, by their first two digits, and its length.
  it('of predefined length are those that begin with 00 to 04, 11 to 20, 31 to 36, or 41', () => {
    const lengths: Record<string, number> = {
      '00': 18, '01': 14, '02': 14, '03': 14, '11': 6, '12': 6, '13': 6, '15': 6, '16': 6, '17': 6, '20': 2,
      '31': 6, '32': 6, '33': 6, '34': 6, '35': 6, '36': 6, '41': 13,
    }; // prettier-ignore
    const known = ALL.map((name) => [name, identifierNamed(name)!.predefinedLength]);
    expect(known).toEqual(ALL.map((name) => [name, lengths[name.slice(0, 2)]]));
  });
});

/** Section 3.6.2 and 3.6.3: the measures by the first three digits. A fourth one says how many decimal places they have. */
const MEASURES: readonly (readonly [start: string, title: string, role: MeasureRole, unit: string])[] = [
  ['310', 'net weight', 'trade', 'kg'], ['311', 'length', 'trade', 'm'], ['312', 'width', 'side', 'm'], ['313', 'depth', 'side', 'm'],
  ['314', 'area', 'trade', 'm2'], ['315', 'net volume', 'trade', 'l'], ['316', 'net volume', 'trade', 'm3'], ['320', 'net weight', 'trade', 'lb'],
  ['321', 'length', 'trade', 'in'], ['322', 'length', 'trade', 'ft'], ['323', 'length', 'trade', 'yd'], ['324', 'width', 'side', 'in'],
  ['325', 'width', 'side', 'ft'], ['326', 'width', 'side', 'yd'], ['327', 'depth', 'side', 'in'], ['328', 'depth', 'side', 'ft'], ['329', 'depth', 'side', 'yd'],
  ['330', 'gross weight', 'logistic', 'kg'], ['331', 'outer length', 'logistic', 'm'], ['332', 'outer width', 'logistic', 'm'], ['333', 'outer depth', 'logistic', 'm'],
  ['334', 'outer area', 'logistic', 'm2'], ['335', 'outer volume', 'logistic', 'l'], ['336', 'outer volume', 'logistic', 'm3'], ['337', 'weight per area', 'logistic', 'kg/m2'],
  ['340', 'gross weight', 'logistic', 'lb'], ['341', 'outer length', 'logistic', 'in'], ['342', 'outer length', 'logistic', 'ft'], ['343', 'outer length', 'logistic', 'yd'],
  ['344', 'outer width', 'logistic', 'in'], ['345', 'outer width', 'logistic', 'ft'], ['346', 'outer width', 'logistic', 'yd'], ['347', 'outer depth', 'logistic', 'in'],
  ['348', 'outer depth', 'logistic', 'ft'], ['349', 'outer depth', 'logistic', 'yd'], ['350', 'area', 'trade', 'in2'], ['351', 'area', 'trade', 'ft2'], ['352', 'area', 'trade', 'yd2'],
  ['353', 'outer area', 'logistic', 'in2'], ['354', 'outer area', 'logistic', 'ft2'], ['355', 'outer area', 'logistic', 'yd2'], ['356', 'net weight', 'trade', 'tr oz'],
  ['357', 'net weight or volume', 'trade', 'oz'], ['360', 'net volume', 'trade', 'qt'], ['361', 'net volume', 'trade', 'gal'], ['362', 'outer volume', 'logistic', 'qt'],
  ['363', 'outer volume', 'logistic', 'gal'], ['364', 'net volume', 'trade', 'in3'], ['365', 'net volume', 'trade', 'ft3'], ['366', 'net volume', 'trade', 'yd3'],
  ['367', 'outer volume', 'logistic', 'in3'], ['368', 'outer volume', 'logistic', 'ft3'], ['369', 'outer volume', 'logistic', 'yd3'],
]; // prettier-ignore

interface Said {
  readonly measures: readonly unknown[];
  readonly foreign?: { readonly identifier: string };
}

/** What elements say, with numbers as texts. */
function saidBy(...elements: (readonly [identifier: string, data: string])[]): Said | undefined {
  const content = contentOf(elements.map(([identifier, data]) => ({ identifier, data })));
  return content && (JSON.parse(JSON.stringify(content)) as Said);
}

describe('what an element says of a quantity', () => {
  it.each(MEASURES)('%sn is a %s (%s) in %s, with up to five decimal places', (start, _, role, unit) => {
    const values = ['12345', '1234.5', '123.45', '12.345', '1.2345', '0.12345'];
    for (const [places, value] of values.entries()) {
      const identifier = `${start}${places}`;
      expect(saidBy([identifier, '012345'])).toEqual({ measures: [{ identifier, role, unit, value }] });
    }
    expect(identifierNamed(`${start}6`)).toBeUndefined();
  });

  it('30 is a count of pieces', () => {
    expect(saidBy(['30', '00000012'])).toEqual({
      measures: [{ identifier: '30', role: 'trade', value: '12' }],
    });
  });

  it.each(DIGITS)('392%s and 393%1$s are what the goods cost, the latter with a currency', (places) => {
    const value = (1_234_500_000 / 10 ** Number(places)).toString();
    expect(saidBy([`392${places}`, '1234500000'])).toEqual({
      measures: [],
      amount: { identifier: `392${places}`, value },
    });
    expect(saidBy([`393${places}`, '7561234500000'])).toEqual({
      measures: [],
      amount: { identifier: `393${places}`, value, currencyNumber: '756' },
    });
  });

  it.each([...'012345'])('395%s is what one unit of the measure costs', (places) => {
    const unitPrice = { identifier: `395${places}`, value: (1250 / 10 ** Number(places)).toString() };
    expect(saidBy([`395${places}`, '001250'])).toEqual({ measures: [], unitPrice });
  });

  it.each([
    [['02'], 'the content of a logistic unit'],
    [['37'], 'a count of goods in a logistic unit'],
    [DIGITS.flatMap((digit) => [`390${digit}`, `391${digit}`]), 'the amount of a payment slip or coupon'],
    [['3940', '3941', '3942', '3943'], 'the percentage of a coupon'],
    [['8005'], 'a price per unit without stated places'],
  ])('%j is %s, with which nothing is sold', (identifiers, meaning) => {
    for (const identifier of identifiers) {
      expect(saidBy([identifier, '0000'])).toEqual({ measures: [], foreign: { identifier, meaning } });
    }
  });

  it('is nothing for all other identifiers', () => {
    const speaking = ALL.filter((identifier) => saidBy([identifier, '000000']) !== undefined);
    const measures = MEASURES.flatMap(([start]) => [...'012345'].map((places) => start + places));
    const amounts = DIGITS.flatMap((digit) => ['390', '391', '392', '393'].map((start) => start + digit));
    const others = [
      '02',
      '30',
      '37',
      '8005',
      ...[...'0123'].map((n) => `394${n}`),
      ...[...'012345'].map((n) => `395${n}`),
    ];
    expect(speaking.sort()).toEqual([...measures, ...amounts, ...others].sort());
  });

  it('leaves out what is the same twice, and refuses two values of one measure or price', () => {
    const foreign = (identifier: string, other: string) => ({ identifier, meaning: `another value than that of AI ${other}` });
    expect(saidBy(['3103', '001250'], ['3102', '000125'])?.foreign).toBeUndefined();
    expect(saidBy(['3103', '001250'], ['3102', '000126'])?.foreign).toEqual(foreign('3102', '3103'));
    expect(saidBy(['3103', '001250'], ['3203', '001251'])?.foreign).toBeUndefined();
    expect(saidBy(['3922', '1000'], ['3932', '9781000'])?.foreign).toBeUndefined();
    expect(saidBy(['3922', '1000'], ['3932', '9781001'])).toMatchObject({ amount: { identifier: '3922' }, foreign: foreign('3932', '3922') });
    expect(saidBy(['3922', '1000'], ['3103', '001250'])?.foreign).toBeUndefined();
    // What does not belong on goods at all is said first.
    expect(saidBy(['3103', '001250'], ['3102', '000126'], ['37', '5'])?.foreign?.identifier).toBe('37');
  }); // prettier-ignore
});

// Section 7.9: weights 3 and 1 from the right, filled up to the next ten; published examples of each key.
it.each([
  ['GTIN-8', '9638507', '4'], ['GTIN-12', '61414112345', '2'], ['GTIN-13', '629104150021', '3'], ['GTIN-14', '1061414154321', '9'],
  ['SSCC', '10614141234567890', '8'], ['SSCC', '37610425002123456', '9'], ['GLN', '950600013435', '2'], ['ISBN-13', '978316148410', '0'],
])('the check digit of a %s, %s, is %s', (_, digits, check) => expect(checkDigit(digits)).toBe(check)); // prettier-ignore
