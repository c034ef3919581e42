import fc from 'fast-check';
import { checkDigit } from '#subgraphs/catalog/barcodes/gtin.rules';
import { canonicalBarcode } from '#subgraphs/catalog/barcodes/normalize-barcode.rules';
import { barcodeWarning, barcodeWarnings } from '#subgraphs/catalog/barcodes/barcode-warnings.rules';

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`));
const body = fc.constantFrom(7, 11, 12, 13).chain(digits);

describe('a barcode with another check digit', () => {
  it.each([
    ['4006381333930', '1'],
    ['036000291453', '2'],
    ['96385075', '4'],
    ['10012345678903', '2'],
    [' 4006381333930 ', '1'],
    // In-store numbers have a check digit, too, which a scanner of EAN-13 verifies.
    ['2112345003507', '4'],
    ['2112345003510', '1'],
    ['0412345678901', '3'],
  ])('%s would end in %s', (text, expected) => {
    expect(barcodeWarning(text)).toMatchObject({
      barcode: text.trim(),
      code: 'CHECK_DIGIT',
      expectedCheckDigit: expected,
    });
    expect(barcodeWarning(text)!.message).toContain(`would have to end in ${expected}.`);
  });

  it.each([
    ['a GTIN', '4006381333931'],
    ['nine digits', '123456789'],
    ['eleven digits', '03600029145'],
    ['letters', 'DEMO-0001'],
    ['digits and a letter', '400638133393X'],
    ['a UPC-E', '04252614'],
    ['nothing', ''],
    ['the pattern of a weight label, with a zero in the place of the check digit', '2112345000000'],
    ['the same with prefix 02', '0212345000000'],
    ['the same as a UPC', '212345000000'],
    ['the whole weight label', '2112345003504'],
  ])('is not %s', (_, text) => expect(barcodeWarning(text)).toBeUndefined());

  it('is told exactly where the text stays what it is, and would be found otherwise', () => {
    fc.assert(
      fc.property(body, fc.integer({ min: 0, max: 9 }), (start, last) => {
        const warning = barcodeWarning(`${start}${last}`);
        if (warning) {
          expect(canonicalBarcode(warning.barcode)).toBe(warning.barcode);
          expect(warning.expectedCheckDigit).toBe(checkDigit(start));
          expect(barcodeWarning(`${start}${warning.expectedCheckDigit}`)).toBeUndefined();
        } else {
          const isPattern = /^0?2\d{10}00$|^02\d{9}00$|^2\d{9}00$/.test(`${start}${last}`);
          expect(isPattern || canonicalBarcode(`${start}${last}`).length === 14).toBe(true);
        }
      }),
    );
  });

  it('is told for each of several', () => {
    const found = barcodeWarnings(['4006381333931', '4006381333930', 'A', '12345678']);
    expect(found.map(({ barcode }) => barcode)).toEqual(['4006381333930', '12345678']);
  });
});
