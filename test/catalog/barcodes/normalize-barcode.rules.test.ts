/** Barcodes as people, spreadsheets and scanners write them: every spelling of a number is the same code, and no other number is. */
import fc from 'fast-check';
import { barcodeWarning } from '#subgraphs/catalog/barcodes/barcode-warnings.rules';
import {
  checkDigit,
  isGtin,
  isbn13Of,
  priceCheckDigit,
  upcAOf,
  upcEsOf,
} from '#subgraphs/catalog/barcodes/gtin.rules';
import {
  MAX_SCAN_LENGTH,
  canonicalBarcode,
  normalizeBarcode,
  readScan,
  scannedText,
} from '#subgraphs/catalog/barcodes/normalize-barcode.rules';

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`));
const gtinOf = (length: number) => digits(length - 1).map((body) => body + checkDigit(body));
const gtin = fc.constantFrom(8, 12, 13, 14).chain(gtinOf);

/** The ways in which one GTIN of at least 12 digits is written without a word about the symbol. */
const SPELLINGS: Record<string, (code: string) => string> = {
  'as it is': (code) => code,
  'with all its zeros': (code) => code.padStart(14, '0'),
  'as an EAN-13': (code) => code.padStart(13, '0'),
  'with blanks': (code) => code.replace(/(\d{3,6})(?=\d)/g, '$1 '),
  'with hyphens': (code) => `${code[0]!}-${code.slice(1, 6)}-${code.slice(6, -1)}-${code.slice(-1)}`,
  'with dashes': (code) => `${code[0]!}\u2013${code.slice(1, -1)}\u2011${code.slice(-1)}`,
  'in full-width digits': (code) =>
    code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  'in Arabic digits': (code) => code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit))),
  'in Devanagari digits': (code) =>
    code.replace(/\d/g, (digit) => String.fromCodePoint(0x966 + Number(digit))),
  'in mathematical digits': (code) =>
    code.replace(/\d/g, (digit) => String.fromCodePoint(0x1d7d8 + Number(digit))),
  'with what cannot be seen': (code) => `\ufeff\u200b${code.slice(0, 4)}\u200d${code.slice(4)}\u2060\u200e`,
  'with the ends of a scanner': (code) => `\u0002\t${code}\r\n`,
  'with a no-break space': (code) => `\u00a0${code.slice(0, 6)}\u202f${code.slice(6)}`,
  'as a formula': (code) => `="${code}"`,
  'with an apostrophe': (code) => `'${code}`,
  'in quotation marks': (code) => `"${code}"`,
  'as a decimal': (code) => `${code}.0`,
  'with its name': (code) => `EAN: ${code}`,
  'behind ]E0': (code) => `]E0${code}`,
  'behind ]C0': (code) => `]C0${code}`,
  'behind ]d1': (code) => `]d1${code}`,
  'behind ]Q1': (code) => `]Q1${code}`,
  'behind ]I1': (code) => `]I1${code}`,
  'as an element string': (code) => `(01)${code.padStart(14, '0')}`,
  'with batch and expiry': (code) => `(01)${code.padStart(14, '0')}(17)301231(10)LOT-7/a`,
  'as GS1-128 sends it': (code) => `]C101${code.padStart(14, '0')}10AB\u001d21XYZ`,
  'as GS1 DataMatrix sends it': (code) => `]d2\u001d01${code.padStart(14, '0')}17301231`,
  'as GS1 DataBar sends it': (code) => `]e001${code.padStart(14, '0')}`,
  'as GS1 QR sends it': (code) => `]Q301${code.padStart(14, '0')}`,
  'with a written FNC1': (code) => `10LOT^01${code.padStart(14, '0')}`,
  'as a Digital Link': (code) => `https://id.gs1.org/01/${code.padStart(14, '0')}`,
  'as a Digital Link of a shop': (code) =>
    `http://shop.example/de/p/01/${code}/10/A%2FB/21/7?17=301231&linkType=gs1:pip`,
  'as an old Digital Link': (code) => `]Q1HTTPS://example.org/gtin/${code}/lot/ABC`,
};

describe.each(Object.entries(SPELLINGS))('%s', (_, write) => {
  it('is the same code', () => {
    fc.assert(
      fc.property(fc.constantFrom(12, 13, 14).chain(gtinOf), (code) => {
        expect(canonicalBarcode(write(code))).toBe(code.padStart(14, '0'));
      }),
    );
  });

  it('with another check digit is never that of another number', () => {
    fc.assert(
      fc.property(fc.constantFrom(12, 13, 14).chain(gtinOf), fc.integer({ min: 1, max: 9 }), (code, step) => {
        const wrong = code.slice(0, -1) + ((Number(code.at(-1)) + step) % 10);
        expect(isGtin(canonicalBarcode(write(wrong)))).toBe(false);
      }),
    );
  });
});

describe('the text that is kept', () => {
  it.each([
    ['978-3-16-148410-0', '9783161484100', '09783161484100'],
    ['978 3 16 148410 0', '9783161484100', '09783161484100'],
    ['ISBN 978-3-16-148410-0', '9783161484100', '09783161484100'],
    ['ISBN-13: 9783161484100', '9783161484100', '09783161484100'],
    ['3-16-148410-X', '9783161484100', '09783161484100'],
    ['316148410x', '9783161484100', '09783161484100'],
    ['ISBN 0-306-40615-2', '9780306406157', '09780306406157'],
    // Ten bare digits may be a shop's own code; found as the book, shown as typed.
    ['0306406152', '0306406152', '09780306406157'],
    ['4 006381 333931', '4006381333931', '04006381333931'],
    ['9638 5074', '96385074', '00000096385074'],
    // A shop's own code, though its digits would be an EAN-8.
    ['9638-5074', '9638-5074', '9638-5074'],
    ['="036000291452"', '036000291452', '00036000291452'],
    ["'036000291452", '036000291452', '00036000291452'],
    ['036000291452', '036000291452', '00036000291452'],
    ['4.006381333931E+12', '4006381333931', '04006381333931'],
    ['4,006381333931E+12', '4006381333931', '04006381333931'],
    ['4,006,381,333,931', '4006381333931', '04006381333931'],
    ['4006381333931,00', '4006381333931', '04006381333931'],
    ['https://id.gs1.org/01/00036000291452/10/A', '036000291452', '00036000291452'],
    ['(01)00000096385074', '96385074', '00000096385074'],
    ['DEMO\u200b-0001 ', 'DEMO-0001', 'DEMO-0001'],
    ['ABC　１２３', 'ABC 123', 'ABC 123'],
    ['1E5', '1E5', '1E5'],
    ['ＡＢ－１', 'AB-1', 'AB-1'],
    ['A  \t B', 'A B', 'A B'],
    ['ISBN: 0-306-40615-2', '9780306406157', '09780306406157'],
    ['GTIN14 10012345678902', '10012345678902', '10012345678902'],
    ['UPC-A: 036000291452', '036000291452', '00036000291452'],
    ['MY EAN 4006381333931', 'MY EAN 4006381333931', 'MY EAN 4006381333931'],
    ['EAN4006381333931', '4006381333931', '04006381333931'],
    ['x4,006,381,333,931', 'x4,006,381,333,931', 'x4,006,381,333,931'],
    ['4,006,381,333,931x', '4,006,381,333,931x', '4,006,381,333,931x'],
    ['x4006381333931.0', 'x4006381333931.0', 'x4006381333931.0'],
    ['A #REF!', 'A #REF!', 'A #REF!'],
    ['#REF! A', '#REF! A', '#REF! A'],
    ['A4.00638E+12', 'A4.00638E+12', 'A4.00638E+12'],
    ['4.00638E+12A', '4.00638E+12A', '4.00638E+12A'],
    ['A="1"', 'A="1"', 'A="1"'],
    ['x'.repeat(128), 'x'.repeat(128), 'x'.repeat(128)],
    ['12345.0', '12345.0', '12345.0'],
    ['a\u0000b', 'a b', 'a b'],
    ['A\ud800B', 'A\ufffdB', 'A\ufffdB'],
    ['96,385,074', '96385074', '00000096385074'],
    ['4.006381333931000E+12', '4006381333931', '04006381333931'],
    ['="12"34', '="12"34', '="12"34'],
    ['AB(01)04006381333931', 'AB(01)04006381333931', 'AB(01)04006381333931'],
    ['3-16-1484X0-0', '3-16-1484X0-0', '3-16-1484X0-0'],
    ['A3-16-148410-X', 'A3-16-148410-X', 'A3-16-148410-X'],
    ['3-16-148410-XA', '3-16-148410-XA', '3-16-148410-XA'],
    // Longer than a barcode may be, and yet one that it names.
    [`https://id.gs1.org/01/04006381333931?about=${'a'.repeat(200)}`, '4006381333931', '04006381333931'],
  ])('of %j is %j', (typed, text, code) => expect(normalizeBarcode(typed)).toEqual({ text, code }));

  it.each([
    ['4.00638E+12', 'ROUNDED'],
    // A piece of a whole: no barcode has one, and a number that was rounded may.
    ['4.0063813339315E+12', 'ROUNDED'],
    ['=""', 'EMPTY'],
    ['4,00638E+12', 'ROUNDED'],
    ['3.6000291452E+10E', undefined],
    ['9.78031E+12', 'ROUNDED'],
    ['4.00638e12', 'ROUNDED'],
    ['4E+12', 'ROUNDED'],
    ['="4.00638E+12"', 'ROUNDED'],
    ['#N/A', 'FORMULA_ERROR'],
    ['#REF!', 'FORMULA_ERROR'],
    ['\u200b \ufeff', 'EMPTY'],
    ['=""', 'EMPTY'],
    ['x'.repeat(129), 'LENGTH'],
  ])('%j is refused as %s', (typed, code) => {
    const barcode = normalizeBarcode(typed);
    expect('message' in barcode ? barcode.code : undefined).toBe(code);
  });

  it('is refused with what is wrong and what to do', () => {
    expect(normalizeBarcode('')).toEqual({ code: 'EMPTY', message: 'A barcode is empty.' });
    expect(normalizeBarcode('x'.repeat(129))).toEqual({ code: 'LENGTH', message: 'A barcode has 128 characters at most.' });
    expect(normalizeBarcode('x'.repeat(4297))).toEqual({ code: 'LENGTH', message: 'A barcode has 128 characters at most.' });
    expect(normalizeBarcode('#n/a')).toMatchObject({ message: `"#n/a" is an error of a spreadsheet's formula, not a barcode.` });
    const rounded = '"4E+12" is a number that a spreadsheet rounded: its last digits are lost. Format the column as text and enter the barcode again.';
    expect(normalizeBarcode('4E+12')).toEqual({ code: 'ROUNDED', message: rounded });
  }); // prettier-ignore

  it('stays the same when it is read again', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), gtin, fc.stringMatching(/^[\]="'()\d XEe.,+\u001d-]{0,20}$/)),
        (typed) => {
          const once = normalizeBarcode(typed);
          fc.pre(!('message' in once));
          if (!('message' in once)) expect(normalizeBarcode(once.text)).toEqual(once);
        },
      ),
    );
  });
});

describe('the add-on of a magazine or a book', () => {
  it.each([
    [']E3977123456700312', '9771234567003', '12', 'as one number'],
    [']E3977123456700351995', '9771234567003', '51995', 'as one number of five more'],
    [']E3036000291452-12', '036000291452', '12', 'behind a hyphen'],
    [']E09771234567003]E112', '9771234567003', '12', 'as a symbol of its own'],
    [']E09771234567003]E251995', '9771234567003', '51995', 'as a longer symbol of its own'],
    [']E0036000291452]e112', '036000291452', '12', 'in a small letter'],
    [']E496385074]E112', '96385074', '12', 'behind an EAN-8'],
  ])('of %s is told apart: %s and %s, %s', (typed, text, addOn) => {
    expect(scannedText(typed)).toEqual({
      text,
      addOn,
      symbol: typed.startsWith(']E4') ? 'EAN-8' : 'UPC-E or EAN-13',
    });
  });

  it.each([
    ['X9771234567003]E112', ']E0', 'something stands before it'],
    ['9771234567003]E112X', ']E0', 'something stands behind it'],
    ['9771234567003]E1123', ']E0', 'it has three digits'],
    ['9771234567003]E2519950', ']E0', 'it has six digits'],
    ['5]E112', ']E0', 'no number stands before it'],
    ['ABCDEFGH]E112', ']E0', 'letters stand before it'],
    ['9771234567003]E112', ']A0', 'the first symbol is no EAN'],
    ['X977123456700312', ']E3', 'something stands before it'],
    ['977123456700312', ']E0', 'the scanner does not say so'],
  ])('is none in %s behind %s, since %s', (text, mark) => {
    expect(scannedText(mark + text)).toStrictEqual({
      text,
      symbol: mark === ']A0' ? 'other' : 'UPC-E or EAN-13',
    });
  });
});

describe('a scan', () => {
  const longest = '4006381333931'.padStart(MAX_SCAN_LENGTH);

  it('is read up to the length of the largest symbol', () => {
    expect(normalizeBarcode(longest)).toEqual({ text: '4006381333931', code: '04006381333931' });
    expect(readScan(longest)).toMatchObject({ text: '4006381333931', code: '04006381333931' });
    expect(normalizeBarcode(` ${longest}`)).toMatchObject({ code: 'LENGTH' });
    expect(readScan(` ${longest}`)).toBeUndefined();
  });

  it('that cannot be a barcode is looked for as it is, without what no text can hold', () => {
    expect(canonicalBarcode('4.00638E+12')).toBe('4.00638E+12');
    expect(canonicalBarcode(`\0${longest}`)).toBe(` ${longest}`);
  });
});

describe('what a scanner says of the symbol', () => {
  // Eight digits that are an EAN-8 and a UPC-E at once.
  const BOTH = '01234565';

  it('decides between EAN-8 and UPC-E', () => {
    expect([isGtin(BOTH), upcAOf(BOTH)]).toEqual([true, '012345000065']);
    expect(canonicalBarcode(BOTH)).toBe('00000001234565');
    expect(canonicalBarcode(`]E4${BOTH}`)).toBe('00000001234565');
    expect(canonicalBarcode(`]E0${BOTH}`)).toBe('00012345000065');
    expect(canonicalBarcode(']E404252614')).toBe('04252614');
  });

  it.each([
    [']E3977123456700305', '9771234567003', '05'],
    [']E3978316148410051995', '9783161484100', '51995'],
    [']E3036000291452 05', '036000291452', '05'],
    [']E04006381333931]E105', '4006381333931', '05'],
    [']E04006381333931]E251995', '4006381333931', '51995'],
  ])('%s has an add-on', (typed, text, addOn) => expect(scannedText(typed)).toMatchObject({ text, addOn }));

  it.each(['C1', 'e0', 'e1', 'e2', 'e3', 'd2', 'd5', 'Q3', 'Q5', 'J1'])(']%s is a symbol of GS1', (mark) => {
    expect(scannedText(`]${mark}10A`)).toEqual({ text: '10A', symbol: 'GS1' });
  });

  it.each(['C0', 'd1', 'Q1', 'A0', 'I1'])(']%s is none, whatever its data look like', (mark) => {
    expect(scannedText(`]${mark}0104006381333931`)).toEqual({ text: '0104006381333931', symbol: 'other' });
    expect(canonicalBarcode(`]${mark}0104006381333931`)).toBe('0104006381333931');
    expect(canonicalBarcode('0104006381333931')).toBe('04006381333931');
  });

  it('is read once, however often it is repeated', () => {
    expect(scannedText(`${']E0'.repeat(1_000)}4006381333931`)).toEqual({
      text: '4006381333931',
      symbol: 'UPC-E or EAN-13',
    });
    expect(canonicalBarcode('4006381333931'.padEnd(5_000, '0'))).toHaveLength(5_000);
  });

  it('leaves a code with brackets alone', () => {
    expect(scannedText(']x')).toEqual({ text: ']x' });
    expect(scannedText('A]E0')).toEqual({ text: 'A]E0' });
  });
});

describe('numbers', () => {
  it('a UPC-E is the short form of its UPC-A, for every UPC-E', () => {
    fc.assert(
      fc.property(fc.constantFrom('0', '1'), digits(6), (system, body) => {
        const short = [...'0123456789']
          .map((check) => `${system}${body}${check}`)
          .find((code) => upcAOf(code) !== undefined)!;
        const long = upcAOf(short)!;
        expect(upcEsOf(long)).toContain(short);
        expect(upcEsOf(long).map(upcAOf)).toEqual(upcEsOf(long).map(() => long));
      }),
    );
    expect(['042100005264', '012345000065', '012300000451', '012000003455', '123456000070', '012340000053'].map((long) => upcEsOf(long)[0])).toEqual(
      ['04252614', '01234565', '01234531', '01234505', '12345670', '01234543'],
    ); // prettier-ignore
    expect(['036000291452', '042100005265', '4006381333931'].map(upcEsOf)).toEqual([[], [], []]);
  });

  it('a longer number has no short form, though a UPC-A that has one stands in it', () => {
    for (const long of ['042100005264', '012300000451', '012340000053', '012345000065']) {
      const longer = [`0${long}`, `00${long}`, long + checkDigit(long), `1${long}${checkDigit(`1${long}`)}`];
      expect(longer.map(isGtin)).toEqual([true, true, true, true]);
      expect([upcEsOf(long).length > 0, longer.flatMap(upcEsOf)]).toEqual([true, []]);
    }
  });

  it('an ISBN-10 with a wrong check digit is none', () => {
    expect(isbn13Of('0306406152')).toBe('9780306406157');
    expect(isbn13Of('316148410X')).toBe('9783161484100');
    expect([...'013456789X'].map((check) => isbn13Of(`030640615${check}`))).toEqual(
      Array(10).fill(undefined),
    );
  });

  it('the check digit of a price is that of the General Specifications', () => {
    expect(priceCheckDigit('2875')).toBe('9');
    expect(priceCheckDigit('0000')).toBe('0');
    // It finds every change of one digit, and every exchange of two neighbours but few.
    fc.assert(
      fc.property(digits(4), fc.nat(3), fc.integer({ min: 1, max: 9 }), (price, at, step) => {
        const changed = price.slice(0, at) + ((Number(price[at]) + step) % 10) + price.slice(at + 1);
        expect(priceCheckDigit(changed)).not.toBe(priceCheckDigit(price));
      }),
    );
  });

  it('a wrong check digit is told, however the number was written', () => {
    expect(barcodeWarning('978-3-16-148410-1')).toMatchObject({ expectedCheckDigit: '0' });
    expect(barcodeWarning('4 006381 333930')).toMatchObject({ expectedCheckDigit: '1' });
    expect(barcodeWarning('9638-5075')).toBeUndefined();
  });
});
