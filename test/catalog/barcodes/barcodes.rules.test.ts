import fc from 'fast-check';
import {
  barcodeCandidates,
  barcodesAfter,
  mayMeasure,
  usualLabelRules,
} from '#subgraphs/catalog/barcodes/barcode-candidates.rules';
import { parseElements } from '#subgraphs/catalog/barcodes/gs1-elements.rules';
import { checkDigit, isGtin, upcAOf } from '#subgraphs/catalog/barcodes/gtin.rules';
import { canonicalBarcode, readScan } from '#subgraphs/catalog/barcodes/normalize-barcode.rules';

const digits = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((list) => list.join(''));
const gtin = fc
  .constantFrom(7, 11, 12, 13)
  .chain(digits)
  .map((body) => body + checkDigit(body));
const FNC1 = '\u001d';

describe('check digits', () => {
  it.each(['4006381333931', '036000291452', '96385074', '10012345678902', '9780306406157', '5901234123457'])(
    '%s is a GTIN',
    (code) => {
      expect(isGtin(code)).toBe(true);
    },
  );

  it.each([
    '4006381333930',
    '123456789',
    '12345678',
    'DEMO-0001',
    '',
    '40063813339311',
    '４００６３８１３３３９３１',
  ])('"%s" is none', (code) => {
    expect(isGtin(code)).toBe(false);
  });

  it('finds every change of one digit', () => {
    fc.assert(
      fc.property(gtin, fc.nat(13), fc.integer({ min: 1, max: 9 }), (code, place, step) => {
        const at = place % code.length;
        const changed = code.slice(0, at) + ((Number(code[at]) + step) % 10) + code.slice(at + 1);
        expect(isGtin(changed)).toBe(false);
      }),
    );
  });
});

describe('the canonical form', () => {
  it('is the same with and without leading zeros', () => {
    expect(canonicalBarcode('036000291452')).toBe('00036000291452');
    expect(canonicalBarcode('0036000291452')).toBe('00036000291452');
    expect(canonicalBarcode(' 00036000291452 ')).toBe('00036000291452');
    // As a spreadsheet leaves it, which takes it for a number.
    expect(canonicalBarcode('36000291452')).toBe('00036000291452');
    expect(canonicalBarcode('36000291453')).toBe('36000291453');
  });

  it('leaves plain text as it is', () => {
    expect(canonicalBarcode('123456789')).toBe('123456789');
    expect(canonicalBarcode('abc-1')).toBe('abc-1');
    // A wrong check digit is no GTIN, so its zeros are its own.
    expect(canonicalBarcode('036000291453')).toBe('036000291453');
  });

  it('is idempotent, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), gtin), (text) => {
        const once = canonicalBarcode(text);
        expect(canonicalBarcode(once)).toBe(once);
      }),
    );
  });

  it('makes one of every way to fill a GTIN up with zeros', () => {
    fc.assert(
      fc.property(gtin, (code) => {
        const lengths = [8, 12, 13, 14].filter((length) => length >= code.length);
        const forms = new Set(lengths.map((length) => canonicalBarcode(code.padStart(length, '0'))));
        expect(forms.size).toBe(1);
      }),
    );
  });
});

describe('weight and price labels', () => {
  it('reads the weight of a label in grams, and looks for the item under four names', () => {
    const candidates = barcodeCandidates('2112345003504');
    expect(candidates[0]).toEqual({ code: '02112345003504' });
    expect(candidates.slice(1).map(({ code }) => code)).toEqual([
      '02112345000008',
      '2112345000000',
      '2112345',
      '12345',
    ]);
    for (const { measured } of candidates.slice(1)) {
      expect({ ...measured, value: measured!.value.toFixed() }).toEqual({
        kind: 'weight',
        value: '0.35',
        places: 3,
      });
    }
  });

  it('reads the price of a label in cents', () => {
    const [, second] = barcodeCandidates(`220001201299${checkDigit('220001201299')}`);
    expect(second!.measured!.kind).toBe('price');
    expect(second!.measured!.value.toFixed()).toBe('12.99');
  });

  it('reads nothing into a wrong check digit, other prefixes and other lengths', () => {
    for (const code of ['2112345003507', '4006381333931', '036000291452', '123456789']) {
      expect(barcodeCandidates(code)).toHaveLength(1);
    }
  });

  it('reads the price of a label beside the same four names, and on a UPC-A beside a fifth', () => {
    const codes = (body: string) => barcodeCandidates(body + checkDigit(body)).slice(1).map(({ code }) => code);
    expect(codes('221234501299')).toEqual(['02212345000005', '2212345000000', '2212345', '12345']);
    expect(codes('021234592875')).toEqual(['00212345000007', '0212345000000', '0212345', '212345', '12345']);
  }); // prettier-ignore

  it('is read by the rules of the shop alone: a prefix that they leave out, or say no measure of, is an ordinary number', () => {
    const [weight] = usualLabelRules(2);
    expect(barcodeCandidates('2112345003504', [])).toEqual([{ code: '02112345003504' }]);
    expect(barcodeCandidates('2112345003504', [{ ...weight!, measured: undefined }])).toHaveLength(1);
    expect(
      barcodeCandidates('2112345003504', [{ ...weight!, places: 2 }])
        .at(-1)!
        .measured!.value.toFixed(),
    ).toBe('3.5');
  });

  it('reads back what a scale prints, for every item and weight', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('20', '21', '28', '29'),
        digits(5),
        fc.nat(99_999),
        (prefix, item, grams) => {
          const body = prefix + item + String(grams).padStart(5, '0');
          const found = barcodeCandidates(body + checkDigit(body)).filter(
            ({ measured }) => measured !== undefined,
          );
          expect(found.at(-1)!.code).toBe(item);
          expect(found.every(({ measured }) => measured!.value.times(1000).equals(grams))).toBe(true);
        },
      ),
    );
  });
});

describe('GS1 element strings', () => {
  const GTIN = '04006381333931';

  it.each([
    [`(01)${GTIN}(3103)001250`, 'weight', '1.25'],
    [`01${GTIN}3103001250`, 'weight', '1.25'],
    [`]C101${GTIN}3102000125`, 'weight', '1.25'],
    [`01${GTIN}39221299`, 'price', '12.99'],
    [`${FNC1}01${GTIN}39221299${FNC1}10ABC`, 'price', '12.99'],
    [`(01)${GTIN}(3932)9781299`, 'price', '12.99'],
    [`01${GTIN}10LOT7${FNC1}3103000500`, 'weight', '0.5'],
  ])('%j carries %s %s', (text, kind, value) => {
    const found = barcodeCandidates(text).at(-1)!;
    expect(found.code).toBe(GTIN);
    expect(found.measured).toMatchObject({ kind });
    expect(found.measured!.value.toFixed()).toBe(value);
  });

  it('names an item without a measure', () => {
    expect(barcodeCandidates(`(01)${GTIN}(17)301231(10)LOT`).at(-1)).toEqual({ code: GTIN });
  });

  it.each([
    '(01)04006381333930(3103)001250',
    '(01)4006381333931',
    '(3103)001250',
    `01${GTIN.slice(0, 10)}`,
    '(01',
    '(01)',
  ])('%s names nothing', (text) => expect(barcodeCandidates(text)).toHaveLength(1));

  it('takes a string of elements apart', () => {
    expect(parseElements(`01${GTIN}17301231${FNC1}10AB${FNC1}21XYZ`)).toEqual([
      { identifier: '01', data: GTIN },
      { identifier: '17', data: '301231' },
      { identifier: '10', data: 'AB' },
      { identifier: '21', data: 'XYZ' },
    ]);
  });

  it('never throws, whatever is scanned', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[()\d\u001d]{0,40}$/)), (text) => {
        expect(barcodeCandidates(text).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a scan', () => {
  it.each([
    ['2112345003504', true],
    ['0212345928751', false],
    ['(3103)001250', true],
    ['4006381333931', false],
    ['A02112345003504', false],
    ['021123450035049', false],
  ])('%s may carry a measure: %s', (text, may) => expect(mayMeasure(readScan(text)!)).toBe(may));

  it('is read once: what was read already has the same meanings as its text', () => {
    for (const text of [
      '2112345003504',
      ']E001234565',
      '(01)04006381333931(3103)001250',
      '036000291452 05',
    ]) {
      expect(barcodeCandidates(readScan(text)!)).toEqual(barcodeCandidates(text));
    }
  });

  it('of more than a symbol holds is nothing, and elements without a GTIN name nothing', () => {
    expect(barcodeCandidates('1'.repeat(4297))).toEqual([]);
    expect(barcodeCandidates('(3103)001250')).toEqual([{ code: '(3103)001250' }]);
  });
});

describe('giving a variant barcodes', () => {
  it.each([
    [['a', 'b'], { texts: ['c'], firstOnly: true }, ['c', 'b']],
    [['a', 'b'], { texts: ['b'], firstOnly: true }, ['b', 'a']],
    [['a', 'b'], { texts: ['a'], firstOnly: true }, undefined],
    [['a', 'b'], { texts: [], firstOnly: true }, ['b']],
    [[], { texts: ['a'], firstOnly: true }, ['a']],
    [['a', 'b'], { texts: ['c'], firstOnly: false }, ['c']],
    [['a', 'b'], { texts: ['a'], firstOnly: false }, ['a']],
    [['a', 'b'], undefined, undefined],
    [['0036000291452'], { texts: ['036000291452'], firstOnly: true }, ['036000291452']],
  ])('%j with %j makes %j', (before, given, after) => {
    expect(barcodesAfter(before, given)).toEqual(after);
  });
});

describe('UPC-E', () => {
  // The cases of the General Specifications, by the last digit before the check digit.
  it.each([
    ['04252614', '042100005264'], ['01234565', '012345000065'], ['01234531', '012300000451'], ['01234505', '012000003455'],
    ['12345670', '123456000070'], ['01234543', '012340000053'],
  ])('%s stands for %s', (short, long) => expect(upcAOf(short)).toBe(long)); // prettier-ignore

  it('is nothing with a wrong check digit, another number system or another length', () => {
    expect(['04252615', '24252614', '4252614', '042526140', '0425261x'].map(upcAOf)).toEqual(
      Array(5).fill(undefined),
    );
  });

  it('is stored and found as the UPC-A, also where it could be an EAN-8', () => {
    expect(canonicalBarcode('04252614')).toBe('00042100005264');
    expect(barcodeCandidates('04252614').map(({ code }) => code)).toEqual(['00042100005264']);
    const both = '01234565';
    expect([isGtin(both), upcAOf(both)]).toEqual([true, '012345000065']);
    expect(barcodeCandidates(both).map(({ code }) => code)).toEqual(['00000001234565', '00012345000065']);
  });
});
