import {
  ERRORS,
  invalid,
  invalidFields,
  invariant,
  fieldErrorList,
  notFound,
  PosProError,
  type ErrorCode,
} from '#kernel/errors';
import { refusalOf } from '#test/harness/refusal';

/** What clients are built on: a status or a retry that changes breaks them. The statuses are those of RFC 9110 and RFC 6585. */
const STATUSES: Readonly<Record<number, readonly ErrorCode[]>> = {
  400: ['BAD_REQUEST', 'QUERY_INVALID', 'DOCUMENT_NOT_TRUSTED', 'QUERY_TOO_COSTLY', 'PERSISTED_QUERY_NOT_FOUND', 'CURSOR_INVALID'],
  401: ['UNAUTHENTICATED', 'INVALID_CREDENTIALS', 'OTP_REQUIRED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED'],
  402: ['PAYMENT_DECLINED'],
  403: ['FORBIDDEN', 'FEATURE_DISABLED', 'APPROVAL_REQUIRED'],
  404: ['NOT_FOUND', 'PRODUCT_NOT_FOUND'],
  405: ['METHOD_NOT_ALLOWED'],
  406: ['NOT_ACCEPTABLE'],
  408: ['REQUEST_TIMEOUT'],
  409: [
    'CONFLICT', 'ALREADY_EXISTS', 'ILLEGAL_STATE', 'INSUFFICIENT_STOCK', 'REGISTER_CLOSED', 'REGISTER_OPEN', 'PRICE_CHANGED', 'NOTHING_DUE',
    'PERIOD_CLOSED', 'IDEMPOTENCY_IN_PROGRESS',
  ],
  410: ['CART_EXPIRED', 'CURSOR_EXPIRED'],
  412: ['PRECONDITION_FAILED'],
  413: ['PAYLOAD_TOO_LARGE'],
  414: ['URI_TOO_LONG'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
  422: ['VALIDATION_FAILED', 'IDEMPOTENCY_KEY_REUSED', 'PAYMENT_INSUFFICIENT', 'POINTS_INSUFFICIENT', 'DISCOUNT_INVALID', 'DISCOUNT_EXHAUSTED', 'RATE_UNAVAILABLE', 'GIFT_CARD_INVALID'],
  429: ['RATE_LIMITED'],
  431: ['HEADERS_TOO_LARGE'],
  500: ['INTERNAL'],
  501: ['NOT_IMPLEMENTED'],
  503: ['UNAVAILABLE'],
}; // prettier-ignore
/** The same request may succeed later without being changed. */
const RETRY: readonly ErrorCode[] = [
  'PERSISTED_QUERY_NOT_FOUND', 'REQUEST_TIMEOUT', 'IDEMPOTENCY_IN_PROGRESS', 'RATE_LIMITED', 'INTERNAL', 'UNAVAILABLE',
]; // prettier-ignore
const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('the table of errors', () => {
  it('gives each code its status', () => {
    const byStatus = Object.entries(STATUSES).flatMap(([status, codes]) =>
      codes.map((code) => [code, Number(status)]),
    );
    expect(Object.fromEntries(CODES.map((code) => [code, ERRORS[code].status]))).toEqual(
      Object.fromEntries(byStatus),
    );
  });

  it('says of each code whether a retry makes sense', () => {
    expect(CODES.filter((code) => ERRORS[code].retry)).toEqual(RETRY);
    expect(CODES.filter((code) => new PosProError(code, 'x').retry)).toEqual(RETRY);
  });

  it('gives each code a title of its own', () => {
    expect(new Set(CODES.map((code) => ERRORS[code].title)).size).toBe(CODES.length);
    expect(CODES.filter((code) => !/^[A-Z][^.]{8,}$/.test(ERRORS[code].title))).toEqual([]);
  });
});

describe('an error for the caller', () => {
  it('has the status of its code, unless the place gives it another', () => {
    expect([
      new PosProError('PRODUCT_NOT_FOUND', 'x').status,
      new PosProError('PRODUCT_NOT_FOUND', 'x', { status: 422 }).status,
    ]).toEqual([404, 422]);
  });

  it('carries what it was given, and nothing else', () => {
    const cause = new Error('why');
    const errors = [{ field: 'a', message: 'b', code: 'C' }];
    const full = new PosProError('CONFLICT', 'm', {
      errors,
      retryAfter: 3,
      details: { available: '3' },
      cause,
    });
    expect([full.name, full.code, full.message, full.errors, full.retryAfter, full.details, full.cause]).toEqual([
      'PosProError', 'CONFLICT', 'm', errors, 3, { available: '3' }, cause,
    ]); // prettier-ignore
    const bare = new PosProError('CONFLICT', 'm');
    expect([bare.errors, bare.retryAfter, bare.details, 'cause' in bare]).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ]);
  });

  it('repeats no card number', () => {
    const error = invalid('note', '4111111111111111 is too long');
    expect(
      [error.message, error.errors?.[0]?.message].filter((text) => text?.includes('4111111111111111')),
    ).toEqual([]);
    expect(error.message).toContain('is too long');
  });

  it('is made for what is absent, and for one field or several', () => {
    expect(
      refusalOf(() => {
        throw notFound('order', 'o1');
      }),
    ).toMatchObject({ code: 'NOT_FOUND', message: 'There is no order with the id "o1".' });
    expect(invalid('a', 'b').errors).toEqual([{ field: 'a', message: 'b', code: 'INVALID' }]);
    expect(invalid('a', 'b', 'C')).toMatchObject({
      code: 'VALIDATION_FAILED',
      message: 'b',
      errors: [{ field: 'a', message: 'b', code: 'C' }],
    });
    const faults = [
      { field: '', message: 'Whole.', code: 'X' },
      { field: 'a.0', message: 'Part.', code: 'Y' },
    ];
    expect(invalidFields(faults)).toMatchObject({
      code: 'VALIDATION_FAILED',
      message: 'Whole. a.0: Part.',
      errors: faults,
    });
    expect(fieldErrorList(faults)).toBe('Whole. a.0: Part.');
  });
});

it('a broken invariant is no error for the caller', () => {
  expect(() => invariant(1, 'fine')).not.toThrow();
  for (const absent of [false, 0, '', null, undefined]) {
    expect(() => refusalOf(() => invariant(absent, 'of ours'))).toThrow(
      new Error('Invariant broken: of ours'),
    );
  }
});
