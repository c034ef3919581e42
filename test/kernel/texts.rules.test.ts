/** What every text from outside must be: no longer than its kind, storable, and without card numbers where people type. */
import fc from 'fast-check';
import { storableJson, storableText, textError } from '#kernel/texts.rules';

const tooLong = (max: number) => ({
  message: `The text may have at most ${max} characters.`,
  code: 'TOO_LONG',
});

describe('the longest text', () => {
  /** The kinds of a thousand names are remembered; the names of the other tests come after these, and are looked at afresh. */
  it('is the same for a name that comes again, and for the first that is not remembered', () => {
    const names = Array.from({ length: 1_001 }, (_, index) => `field_${index}_name`);
    for (const name of [...names, ...names])
      expect(textError(name, 'x'.repeat(1_001))).toEqual(tooLong(1_000));
  });

  /** The kinds of texts, by the names of their fields; after the stroke, names that only look alike. */
  it.each([
    [200, 'what somebody looks for', 'q search', 'faq qa research searches'],
    [
      300,
      'ids and codes',
      `id ids orderId order_id orderIds sku skus parentSku prefix clientReference client_reference sort otp method
      paymentMethod refundMethod`,
      'idle skull prefixes resort sorting otpx methods aMethod',
    ],
    [4_296, 'what a scanner sends', 'barcode barcodes gtin', 'aBarcode barcodex agtin gtins'],
    [
      1_000,
      'names and addresses',
      `name names displayName receiptLabel labels reference tag tags recipient line1 addressLine2 city
      region postalCode country email phone phoneNumber currency timeZone zone entity operation operations`,
      'nameless linen lineup townhall',
    ],
    [
      8_192,
      'tokens, cursors, passwords, web addresses',
      `token tokens refreshToken approvalTokens cursor since url imageUrl password
      newPassword`,
      'aToken tokenized refreshTokens cursors sinceWhen urls passwords',
    ],
    [10_000, 'prose', 'note notes reason description receiptHeader footer', ''],
  ])('of %i characters is that of %s', (max, _, names, others) => {
    for (const field of names.split(/\s+/)) {
      expect([field, textError(field, 'x'.repeat(max))]).toEqual([field, undefined]);
      expect([field, textError(field, 'x'.repeat(max + 1))]).toEqual([field, tooLong(max)]);
    }
    for (const field of others.split(' ').filter(Boolean)) {
      expect([field, textError(field, 'x'.repeat(max + 1))]).not.toEqual([field, tooLong(max)]);
    }
  });

  it('of a picture is as long as a body can be', () => {
    for (const field of ['data', 'image']) expect(textError(field, 'x'.repeat(100_000))).toBeUndefined();
    for (const field of ['metadata', 'dataset', 'anImage', 'images'])
      expect(textError(field, 'x'.repeat(100_000))).toBeDefined();
  });

  it('of what names something is that of a code, unless a scanner sends it', () => {
    expect(textError('note', 'x'.repeat(300), true)).toBeUndefined();
    expect(textError('note', 'x'.repeat(301), true)).toEqual(tooLong(300));
    expect(textError('barcode', 'x'.repeat(4_296), true)).toBeUndefined();
    expect(textError('barcode', 'x'.repeat(4_297), true)).toEqual(tooLong(4_296));
    expect(textError('barcode', 'x'.repeat(4_297), false)).toEqual(tooLong(4_296));
  });

  it('is counted in characters, though UTF-16 has two units for some', () => {
    expect(textError('search', '😀'.repeat(200))).toBeUndefined();
    expect(textError('search', '😀'.repeat(200) + 'x')).toEqual(tooLong(200));
    expect(textError('search', '😀'.repeat(199) + 'xx')).toEqual(tooLong(200));
    const sign = fc.constantFrom('x', 'é', '牛', '😀');
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 420 }), (signs) => {
        expect(textError('search', signs.join(''))).toEqual(signs.length > 200 ? tooLong(200) : undefined);
      }),
    );
  });
});

describe('a text is refused', () => {
  const empty = { message: 'An id must not be empty.', code: 'REQUIRED' };

  it.each(['', ' ', '\t\n'])('where %j is to name something', (text) => {
    expect(textError('note', text, true)).toEqual(empty);
    expect(textError('clientReference', text)).toEqual(empty);
    expect(textError('client_reference', text)).toEqual(empty);
    expect(textError('note', text)).toBeUndefined();
    expect(textError('reference', text)).toBeUndefined();
  });

  it('with what no database can store', () => {
    const nul = {
      message: 'The text contains a NUL character (U+0000), which cannot be stored.',
      code: 'INVALID',
    };
    const half = { message: 'The text contains half of a character (a lone surrogate).', code: 'INVALID' };
    expect([textError('note', 'a\0b'), textError('note', '\0')]).toEqual([nul, nul]);
    expect([textError('note', 'a\ud83d'), textError('note', '\ude00b')]).toEqual([half, half]);
    expect(textError('note', 'a😀\n\t\u0001')).toBeUndefined();
  });
});

const CARD = '4111 1111 1111 1111';
const MASKED = '4111 11** **** 1111';

describe('a card number', () => {
  it.each([
    'note',
    'name',
    'reference',
    'reason',
    'line1',
    'message',
    'skuNote',
    'aPrefix',
    'prefixes',
    'myCode',
    'idle',
  ])('is masked in %s', (field) => {
    expect(storableText(field, `paid with ${CARD}`)).toBe(`paid with ${MASKED}`);
  });

  it.each(
    `sku skus parentSku barcode barcodes looseBarcode gtin gtins id ids orderId order_ids prefix clientReference phone mobilePhone mobile fax
     email url imageUrl image_url password newPassword otp token tokens refreshToken cursor since sort code codes discountCodes batch
     batchNumber batch_number serialNumber receiptNumber orderNumber taxNumber iban data image reservations`.split(
      /\s+/,
    ),
  )('is none in %s, which holds codes', (field) => {
    expect(storableText(field, CARD)).toBe(CARD);
  });

  it('is masked in all texts of JSON, and in the names of its members', () => {
    const json = { note: CARD, sku: CARD, [CARD]: [CARD, { reason: CARD, order_id: CARD }], count: 1, paid: true, none: null };
    const masked = { note: MASKED, sku: CARD, [MASKED]: [MASKED, { reason: MASKED, order_id: CARD }], count: 1, paid: true, none: null };
    expect(storableJson(json, 'input')).toEqual(masked);
    // A list is of what its field is.
    expect(storableJson({ skus: [CARD], notes: [[CARD]] }, 'input')).toEqual({ skus: [CARD], notes: [[MASKED]] });
    expect([storableJson(CARD, 'sku'), storableJson(CARD, 'note'), storableJson(7, 'note'), storableJson(null, 'note')]).toEqual([
      CARD, MASKED, 7, null,
    ]);
  }); // prettier-ignore
});
