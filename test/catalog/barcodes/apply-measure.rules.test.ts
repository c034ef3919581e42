/** What GS1 measures and prices, and a shop's own labels, sell of an item: the right quantity, or a refusal that names the element. */
import { Decimal } from '#kernel/decimal';
import { applyMeasure, type MeasuredItem } from '#subgraphs/catalog/barcodes/apply-measure.rules';
import {
  barcodeCandidates,
  unreadableBarcode,
  usualLabelRules,
} from '#subgraphs/catalog/barcodes/barcode-candidates.rules';
import { checkDigit, priceCheckDigit } from '#subgraphs/catalog/barcodes/gtin.rules';

const GTIN = '(01)90614141000015';
const item = (unit: string, price = '5.00', places = unit === 'piece' ? 0 : 3): MeasuredItem => ({
  name: 'Goods',
  unit,
  unitPrice: new Decimal(price),
  quantityPlaces: places,
});

/** Quantity, unit price and total to the currency's places; or the reason of the refusal. */
function sold(text: string, goods: MeasuredItem, currency = 'EUR', places = 2): string {
  const { measured } = barcodeCandidates(text, usualLabelRules(places)).at(-1)!;
  const { quantity, unitPrice, labelError } = applyMeasure(goods, measured, currency);
  if (labelError) return labelError.reason;
  return `${quantity.toFixed()} × ${unitPrice.toFixed()} = ${quantity.times(unitPrice).toDecimalPlaces(places).toFixed()}`;
}

describe('a GS1 measure', () => {
  it.each<[string, MeasuredItem, string]>([
    // In the unit of the goods.
    ['(3202)000235', item('lb'), '2.35 × 5 = 11.75'],
    ['(3103)001250', item('kg'), '1.25 × 5 = 6.25'],
    ['(3105)012346', item('kg'), '0.123 × 5 = 0.62'],
    ['(3112)000250', item('m'), '2.5 × 5 = 12.5'],
    ['(3141)000025', item('m²'), '2.5 × 5 = 12.5'],
    ['(3152)000075', item('l'), '0.75 × 5 = 3.75'],
    ['(3163)001500', item('m3'), '1.5 × 5 = 7.5'],
    ['(3210)000010', item('inch'), '10 × 5 = 50'],
    ['(3221)000025', item('Feet'), '2.5 × 5 = 12.5'],
    ['(3231)000025', item('yd'), '2.5 × 5 = 12.5'],
    ['(3502)000150', item('sq in'), '1.5 × 5 = 7.5'],
    ['(3511)000015', item('ft2'), '1.5 × 5 = 7.5'],
    ['(3521)000015', item('yd2'), '1.5 × 5 = 7.5'],
    ['(3563)001500', item('troy oz'), '1.5 × 5 = 7.5'],
    ['(3571)000015', item('oz'), '1.5 × 5 = 7.5'],
    ['(3571)000015', item('fl oz'), '1.5 × 5 = 7.5'],
    ['(3601)000015', item('qt'), '1.5 × 5 = 7.5'],
    ['(3611)000015', item('gallon'), '1.5 × 5 = 7.5'],
    ['(3641)000015', item('in3'), '1.5 × 5 = 7.5'],
    ['(3651)000015', item('ft3'), '1.5 × 5 = 7.5'],
    ['(3661)000015', item('yd3'), '1.5 × 5 = 7.5'],
    ['(30)12', item('piece'), '12 × 5 = 60'],
    ['(30)3', item('bunch', '5.00', 0), '3 × 5 = 15'],
    // In another unit of the same dimension.
    ['(3202)000235', item('kg'), '1.066 × 5 = 5.33'],
    ['(3103)001250', item('lb'), '2.756 × 5 = 13.78'],
    ['(3103)001250', item('g', '0.01', 0), '1250 × 0.01 = 12.5'],
    ['(3563)001000', item('g', '50', 0), '31 × 50 = 1550'],
    ['(3210)000010', item('m'), '0.254 × 5 = 1.27'],
    ['(3210)000010', item('cm', '1', 1), '25.4 × 1 = 25.4'],
    ['(3220)000010', item('yd'), '3.333 × 5 = 16.67'],
    ['(3510)000010', item('m2'), '0.929 × 5 = 4.65'],
    ['(3610)000001', item('l'), '3.785 × 5 = 18.93'],
    ['(3600)000004', item('gal'), '1 × 5 = 5'],
    ['(3571)000010', item('kg', '100'), '0.028 × 100 = 2.8'],
    ['(3570)000010', item('ml', '0.1', 0), '296 × 0.1 = 29.6'],
    ['(3160)000001', item('l', '1'), '1000 × 1 = 1000'],
    // Of several, the one in the unit of the goods.
    ['(3202)000276(3103)001250', item('kg'), '1.25 × 5 = 6.25'],
    ['(3103)001250(30)4', item('piece'), '4 × 5 = 20'],
    ['(3112)000250(3122)000140', item('m'), '2.5 × 5 = 12.5'],
    ['(3303)001400(3103)001250', item('kg'), '1.25 × 5 = 6.25'],
    // Nothing is known about goods without a unit but that they are sold by measure.
    ['(3103)001250', item('piece', '5.00', 3), '1.25 × 5 = 6.25'],
    ['(3112)000250', item('piece', '5.00', 3), '2.5 × 5 = 12.5'],
    ['(3141)000025', item('piece', '5.00', 3), '2.5 × 5 = 12.5'],
    ['(3152)000075', item('piece', '5.00', 3), '0.75 × 5 = 3.75'],
    ['(3163)001500', item('piece', '5.00', 3), '1.5 × 5 = 7.5'],
    ['(3103)001250(30)4', item('piece', '5.00', 3), '1.25 × 5 = 6.25'],
    // A width of nothing beside a weight is not a quantity of nothing.
    ['(3122)000000(3103)001250', item('kg'), '1.25 × 5 = 6.25'],
    // Gross weight and outer sizes of a case are no quantity, and a case is one.
    ['(3303)012500(3322)000040', item('piece'), '1 × 5 = 5'],
    ['(17)301231(10)LOT(21)7', item('piece'), '1 × 5 = 5'],
  ])('%s on goods by the %o sells %s', (elements, goods, expected) =>
    expect(sold(GTIN + elements, goods)).toBe(expected),
  );

  it.each<[string, MeasuredItem, string]>([
    ['(3202)000235', item('piece'), 'LABEL_UNIT'],
    ['(3202)000235', item('piece', '5.00', 3), 'LABEL_UNIT'],
    ['(3103)001250', item('bunch'), 'LABEL_UNIT'],
    ['(3103)001250', item('l'), 'LABEL_UNIT'],
    ['(3103)001250', item('h'), 'LABEL_UNIT'],
    ['(3103)001250', item('kg', '5', 0), 'LABEL_UNIT'],
    ['(3152)000075', item('kg'), 'LABEL_UNIT'],
    ['(30)12', item('kg'), 'LABEL_UNIT'],
    ['(3122)000140', item('m'), 'LABEL_MEASURE'],
    ['(3303)001250', item('kg'), 'LABEL_MEASURE'],
    ['(3402)000235', item('lb'), 'LABEL_MEASURE'],
    ['(3373)001250', item('kg'), 'LABEL_MEASURE'],
    ['(3103)000000', item('kg'), 'LABEL_ZERO'],
    ['(30)0', item('piece'), 'LABEL_ZERO'],
    ['(3922)0000', item('piece'), 'LABEL_ZERO'],
    ['(3105)000010', item('kg'), 'LABEL_ZERO'],
    ['(3102)000125(3103)001200', item('kg'), 'LABEL_MEASURE'],
    ['(37)12', item('piece'), 'LABEL_MEASURE'],
    ['(3902)1250', item('piece'), 'LABEL_MEASURE'],
    ['(3912)9781250', item('piece'), 'LABEL_MEASURE'],
    ['(3940)0010', item('piece'), 'LABEL_MEASURE'],
    ['(8005)000125', item('kg'), 'LABEL_MEASURE'],
    ['(3952)000125', item('kg'), 'LABEL_MEASURE'],
  ])('%s on goods by the %o is refused with %s', (elements, goods, reason) =>
    expect(sold(GTIN + elements, goods)).toBe(reason),
  );
});

describe('a GS1 price', () => {
  it.each<[string, MeasuredItem, string, string]>([
    ['(3932)75601234', item('piece'), 'CHF', '1 × 12.34 = 12.34'],
    ['(3932)75601234', item('piece'), 'EUR', 'LABEL_CURRENCY'],
    ['(3932)00001234', item('piece'), 'EUR', 'LABEL_CURRENCY'],
    ['(3930)392980', item('piece'), 'JPY', '1 × 980 = 980'],
    ['(3933)4141250', item('piece'), 'KWD', '1 × 1.25 = 1.25'],
    ['(3922)1234', item('piece'), 'EUR', '1 × 12.34 = 12.34'],
    ['(3923)12340', item('piece'), 'EUR', '1 × 12.34 = 12.34'],
    ['(3923)12345', item('piece'), 'EUR', 'LABEL_PRICE'],
    ['(3922)98050', item('piece'), 'JPY', 'LABEL_PRICE'],
    ['(3922)1000', item('kg'), 'EUR', '2 × 5 = 10'],
    // The price of a kilogram stays where the label comes to it.
    ['(3922)0500', item('kg', '19.99'), 'EUR', '0.25 × 19.99 = 5'],
    ['(3103)001250(3922)0625', item('kg', '4.999'), 'EUR', '1.25 × 4.999 = 6.25'],
    // With the weight beside it, the weight is the quantity and the price the sum.
    ['(3103)001250(3922)0625', item('kg'), 'EUR', '1.25 × 5 = 6.25'],
    ['(3103)001250(3922)0999', item('kg'), 'EUR', '1.25 × 7.992 = 9.99'],
    ['(3103)001250(3922)0999', item('piece'), 'EUR', '1 × 9.99 = 9.99'],
    ['(30)3(3922)1000', item('piece'), 'EUR', '3 × 3.3333 = 10'],
    // The price of a unit.
    ['(30)3(3952)000799', item('piece'), 'EUR', '3 × 7.99 = 23.97'],
    ['(3103)001250(3952)000799', item('kg'), 'EUR', '1.25 × 7.99 = 9.99'],
    ['(3202)000235(3952)000500', item('lb', '9'), 'USD', '2.35 × 5 = 11.75'],
    ['(3202)000235(3952)000500', item('kg', '9'), 'USD', 'LABEL_UNIT'],
    ['(3922)1000(3932)9781001', item('piece'), 'EUR', 'LABEL_MEASURE'],
  ])('%s on goods by the %o in %s: %s', (elements, goods, currency, expected) => {
    expect(sold(GTIN + elements, goods, currency, currency === 'JPY' ? 0 : currency === 'KWD' ? 3 : 2)).toBe(
      expected,
    );
  });
});

describe('a label of a shop', () => {
  const ean = (body: string) => body + checkDigit(body);

  it.each<[string, MeasuredItem, string, number, string]>([
    [ean('221234500980'), item('piece'), 'JPY', 0, '1 × 980 = 980'],
    [ean('221234501250'), item('piece'), 'KWD', 3, '1 × 1.25 = 1.25'],
    [ean('221234501250'), item('piece'), 'EUR', 2, '1 × 12.5 = 12.5'],
    [ean('221234500000'), item('piece'), 'EUR', 2, 'LABEL_ZERO'],
    [ean('211234500000'), item('kg'), 'EUR', 2, 'LABEL_ZERO'],
    [ean('211234500350'), item('kg'), 'EUR', 2, '0.35 × 5 = 1.75'],
    [ean('211234500350'), item('g', '0.01', 0), 'EUR', 2, '350 × 0.01 = 3.5'],
    [ean('211234500350'), item('piece'), 'EUR', 2, 'LABEL_UNIT'],
    // The UPC-A of a scale in the United States, with and without the zero that makes an EAN-13 of it.
    [ean(`212345${priceCheckDigit('2875')}2875`), item('piece'), 'USD', 2, '1 × 28.75 = 28.75'],
    [`0${ean(`212345${priceCheckDigit('2875')}2875`)}`, item('lb'), 'USD', 2, '5.75 × 5 = 28.75'],
    [ean('21234582875'), item('piece'), 'USD', 2, 'LABEL_CHECK_DIGIT'],
    [ean('21234500000'), item('piece'), 'USD', 2, 'LABEL_ZERO'],
  ])('%s on goods by the %o in %s', (code, goods, currency, places, expected) => {
    expect(sold(code, goods, currency, places)).toBe(expected);
  });

  it('of zero sells nothing, though the item is registered as the whole pattern', () => {
    const [first] = barcodeCandidates(ean('211234500000'));
    expect(applyMeasure(item('kg'), first!.measured, 'EUR').labelError?.reason).toBe('LABEL_ZERO');
    // Goods by the piece cannot be weighed: the pattern is simply their number.
    expect(applyMeasure(item('piece'), first!.measured, 'EUR').labelError).toBeUndefined();
    const [priced] = barcodeCandidates(ean('221234500000'));
    expect(applyMeasure(item('piece'), priced!.measured, 'EUR').labelError?.reason).toBe('LABEL_ZERO');
  });

  it('finds the item of a UPC-A by its number on the scale, with its number system, and as a pattern', () => {
    const codes = barcodeCandidates(ean(`212345${priceCheckDigit('2875')}2875`)).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['12345', '212345', '0212345', `00${ean('21234500000')}`]));
  });
});

describe('a refusal says which element or label it is, of what, and what to do', () => {
  const refusalOf = (text: string, goods: MeasuredItem, places = 2) =>
    applyMeasure(goods, barcodeCandidates(text, usualLabelRules(places)).at(-1)!.measured, 'EUR').labelError!;

  it.each<[string, MeasuredItem, string, string]>([
    ['(3202)000235', item('piece'), 'LABEL_UNIT', 'AI 3202 says 2.35 lb, but "Goods" is sold by the piece, in whole numbers only.'],
    ['(30)12', item('kg'), 'LABEL_UNIT', 'AI 30 says 12 pieces, but "Goods" is sold by the kg.'],
    ['(3122)000140', item('m'), 'LABEL_MEASURE', 'AI 3122 says 1.4 m, a width or height, but "Goods" is sold by the m.'],
    ['(3303)001250', item('kg'), 'LABEL_MEASURE', 'AI 3303 says 1.25 kg, a gross weight or outer size, but "Goods" is sold by the kg.'],
    ['(37)12', item('piece'), 'LABEL_MEASURE', 'AI 37 is a count of goods in a logistic unit: it does not measure the goods.'],
    ['(3952)000125', item('kg'), 'LABEL_MEASURE', 'AI 3952 is the price of a unit, and no element says how many there are.'],
    ['(3202)000235(3952)000500', item('kg'), 'LABEL_UNIT', 'AI 3952 is the price of a lb, but "Goods" is sold by the kg.'],
    ['(3103)000000', item('piece'), 'LABEL_ZERO', 'AI 3103 of zero sells nothing. Weigh the goods again, or type the quantity.'],
    ['(3105)000010', item('kg'), 'LABEL_ZERO', 'AI 3105, in the unit of the goods, of zero sells nothing. Weigh the goods again, or type the quantity.'],
    ['(3932)75601234', item('piece'), 'LABEL_CURRENCY', 'AI 3932 says an amount in the currency 756 (ISO 4217); this till sells in EUR.'],
    ['(3103)001250(3923)12345', item('kg'), 'LABEL_PRICE', 'AI 3923 says 12.345; an amount in EUR has 2 decimal places at most here.'],
    ['(3103)001250(3955)012345', item('kg'), 'LABEL_PRICE', 'AI 3955 says 0.12345; an amount in EUR has 4 decimal places at most here.'],
    ['(30)30000(3922)1000', item('piece'), 'LABEL_PRICE', 'AI 3922 says 10 EUR, which no unit price of four places gives for 30000 piece.'],
  ])('%s on goods by the %o: %s, %s', (elements, goods, reason, message) => {
    expect(refusalOf(GTIN + elements, goods)).toEqual({ reason, message });
  }); // prettier-ignore

  it('of a label', () => {
    const zero = 'of zero sells nothing. Weigh the goods again, or type the quantity.';
    const wrong = 'The check digit of the price on the label is wrong. Scan it again, or type the price.';
    const label = (body: string, goods: MeasuredItem, places?: number) => {
      return refusalOf(body + checkDigit(body), goods, places).message;
    };
    expect(label('211234500000', item('kg'))).toBe(`A weight ${zero}`);
    expect(label('221234500000', item('piece'))).toBe(`A price ${zero}`);
    expect(label('21234582875', item('piece'))).toBe(wrong);
    expect(label('211234500350', item('piece'))).toBe('The label says 0.35, but "Goods" is sold by the piece, in whole numbers only.');
    expect(label('221234501255', item('piece'), 3)).toBe('The label says 1.255; an amount in EUR has 2 decimal places at most here.');
  }); // prettier-ignore
});

describe('the other readings', () => {
  const codes = (text: string) => barcodeCandidates(text).map(({ code }) => code);

  it.each([
    // The short form is an EAN-8, too.
    ['01234565', ['00000001234565', '00012345000065']],
    ['012345000065', ['00012345000065', '00000001234565']],
    ['0012345000065', ['00012345000065', '00000001234565']],
    [']E001234565', ['00012345000065', '00000001234565']],
    [']E401234565', ['00000001234565']],
    ['400638133393105', ['400638133393105', '04006381333931']],
    ['4006381333931 51995', ['4006381333931 51995', '04006381333931']],
    [']E3400638133393105', ['400638133393105', '04006381333931']],
    [']E04006381333931]E105', ['400638133393105', '04006381333931']],
    ['03600029145251995', ['03600029145251995', '00036000291452']],
    ['036000291452-05', ['036000291452-05', '00036000291452']],
    ['036000291452 51995', ['036000291452 51995', '00036000291452']],
    ['036000291452x05', ['036000291452x05']],
    ['036000291452 5', ['036000291452 5']],
    ['036000291452 xy', ['036000291452 xy']],
    ['036000291452x51995', ['036000291452x51995']],
    ['x4006381333931 05', ['x4006381333931 05']],
    // A GTIN-14 with a wrong check digit is not a UPC-A with two digits behind it.
    ['03600029145205', ['03600029145205']],
  ])('of %s are %j', (text, expected) => expect(codes(text)).toEqual(expected));

  it.each([
    ['https://example.org/AQnYUc1gmiERBhg', 'Compressed links are not supported'],
    ['https://example.org/01/04006381333930', 'valid GTIN'],
    ['https://example.org/00/095201234567891235', 'valid GTIN'],
    ['https://example.org/AQnYUc1gmiERBhg/', 'Compressed links are not supported'],
    ['https://example.org/aqn-uc1gmierBhg', 'Compressed links are not supported'],
    [']C100095201234567891235', 'only AI 00.'],
    [']C10009520123456789123510LOT', 'only AI 00, 10.'],
    ['(3103)001250', 'only AI 3103'],
    ['(01)04006381333930', 'check digit'],
    ['(9999)1', 'cannot be read'],
    [']C1(01)', 'cannot be read'],
    ['x'.repeat(4297), '4296 characters'],
  ])('%s is said to be unreadable', (text, why) => expect(unreadableBarcode(text)).toContain(why));

  it.each([
    '4006381333930',
    'DEMO',
    'https://example.org/about',
    'https://example.org/about-us-2026',
    'https://example.org/AboutOurCompany',
    'https://example.org/AQnYUc1gmiERBhg/more',
    'DEMO (01)',
    '(x)',
    '(01)04006381333931',
    'https://a.b/01/4006381333931',
  ])('%s is not, for it may just be unknown', (text) => expect(unreadableBarcode(text)).toBeUndefined());
});
