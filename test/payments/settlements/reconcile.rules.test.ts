import fc from 'fast-check';
import { oneMark } from '#kernel/import/number-marks.rules';
import {
  statesOfPayment,
  stateWithoutPayment,
  type ComparedRow,
} from '#subgraphs/payments/settlements/reconcile.rules';
import {
  readSettlementRow,
  type SettlementColumn,
} from '#subgraphs/payments/settlements/settlement-file.rules';
import { amount } from '#test/harness/values';

const row = (more: Partial<ComparedRow> & Pick<ComparedRow, 'id' | 'kind'>): ComparedRow => ({
  currency: 'EUR',
  gross: amount(0),
  chargedAmount: null,
  chargedCurrency: null,
  paymentReference: 'pi_1',
  refundReference: null,
  ...more,
});
const payment = (captured: string, refunded = '0', currency = 'EUR') => ({
  id: 'p',
  currency,
  capturedAmount: amount(captured),
  refundedAmount: amount(refunded),
});
const states = (
  ...[of, rows, refunds = new Map()]:
    [...Parameters<typeof statesOfPayment>] | [ReturnType<typeof payment>, ComparedRow[]]
) =>
  [...statesOfPayment(of, rows, refunds)].map(([id, state]) =>
    [id, state.status, state.reason, state.expectedAmount?.toFixed()].filter(Boolean).join(' '),
  );

it('compares the charge with the captured amount, in the digits of its currency', () => {
  const charge = (gross: string, currency: string) =>
    row({ id: 'c', kind: 'charge', gross: amount(gross), currency });
  expect(states(payment('12.50'), [charge('12.50', 'EUR')])).toEqual(['c matched']);
  expect(states(payment('12.50'), [charge('12.49', 'EUR')])).toEqual(['c mismatched other_amount 12.5']);
  expect(states(payment('1250', '0', 'JPY'), [charge('1250', 'JPY')])).toEqual(['c matched']);
  expect(states(payment('5.124', '0', 'KWD'), [charge('5.123', 'KWD')])).toEqual([
    'c mismatched other_amount 5.124',
  ]);
});

it('sums a capture in part: the charge of 50.00 and the reversal of 20.00 are the captured 30.00', () => {
  const rows = [
    row({ id: 'c', kind: 'charge', gross: amount(50) }),
    row({ id: 'r', kind: 'charge', gross: amount(-20) }),
  ];
  expect(states(payment('30'), rows)).toEqual(['c matched', 'r matched']);
});

it('compares each refund with its own request, and refunds made elsewhere with the refunded amount', () => {
  const rows = [
    row({ id: 'a', kind: 'refund', gross: amount(-4), refundReference: 're_a' }),
    row({ id: 'b', kind: 'refund', gross: amount(-3), refundReference: 're_b' }),
  ];
  const own = new Map([
    ['re_a', amount(4)],
    ['re_b', amount(2)],
  ]);
  expect(states(payment('10', '6'), rows, own)).toEqual(['a matched', 'b mismatched other_amount -2']);
  expect(states(payment('10', '7'), rows)).toEqual(['a matched', 'b matched']);
  expect(states(payment('10', '6'), rows)).toEqual([
    'a mismatched other_amount -6',
    'b mismatched other_amount -6',
  ]);
  expect(states(payment('10', '4'), [row({ id: 'f', kind: 'refund', gross: amount(4) })])).toEqual([
    'f mismatched refund_failed',
  ]);
});

it('takes a dispute of up to the captured amount, and its return', () => {
  const dispute = (gross: string) =>
    states(payment('10'), [row({ id: 'd', kind: 'dispute', gross: amount(gross) })]);
  expect([dispute('-10'), dispute('10'), dispute('-10.01')]).toEqual([
    ['d matched'],
    ['d matched'],
    ['d mismatched other_amount 10'],
  ]);
});

it('compares a payment in another currency by the amount that the customer was charged', () => {
  const charge = { id: 'c', kind: 'charge', currency: 'USD', gross: amount('13.10') } as const;
  const charged = row({ ...charge, chargedAmount: amount(12), chargedCurrency: 'EUR' });
  expect(states(payment('12'), [charged])).toEqual(['c matched']);
  expect(states(payment('12'), [row(charge)])).toEqual(['c mismatched other_currency']);
});

it('distinguishes fees without a payment from charges of an unknown one', () => {
  expect(stateWithoutPayment({ kind: 'fee', paymentReference: null }).status).toBe('unrelated');
  expect(stateWithoutPayment({ kind: 'charge', paymentReference: null }).reason).toBe('no_reference');
  expect(stateWithoutPayment({ kind: 'fee', paymentReference: 'pi_9' }).reason).toBe('unknown_payment');
});

it('gives every row of a payment one state, and a reason to those that do not match', () => {
  const rows = fc.uniqueArray(
    fc.record({
      id: fc.uuid(),
      kind: fc.constantFrom<ComparedRow['kind']>('charge', 'refund', 'dispute', 'fee'),
      units: fc.integer({ min: -2000, max: 2000 }),
      currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
    }),
    { selector: ({ id }) => id, maxLength: 10 },
  );
  fc.assert(
    fc.property(rows, fc.nat(2000), (given, captured) => {
      const compared = given.map(({ units, ...one }) => row({ ...one, gross: amount(units) }));
      const result = statesOfPayment(payment(String(captured)), compared, new Map());
      expect([...result.keys()].sort()).toEqual(given.map(({ id }) => id).sort());
      for (const { status, reason } of result.values()) expect(status === 'matched').toBe(reason === null);
    }),
  );
});

describe('a row of a file', () => {
  const read = (cells: Partial<Record<SettlementColumn, unknown>>) =>
    readSettlementRow(
      {
        row: 2,
        cells: {
          transactionReference: 'txn_1',
          payoutReference: 'po_1',
          kind: 'charge',
          currency: 'eur',
          gross: '12.50',
          ...cells,
        },
      },
      oneMark('point'),
    );
  const codes = (cells: Parameters<typeof read>[0]) =>
    read(cells).errors.map(({ field, code }) => `${field} ${code}`);

  it('has the fee of 0 and the net of its amounts unless the file names them', () => {
    expect(read({})).toMatchObject({ currency: 'EUR', fee: amount(0), net: amount('12.5'), errors: [] });
    expect(read({ fee: '0.30', net: '12.20' }).errors).toEqual([]);
    expect(codes({ fee: '0.30', net: '12.30' })).toEqual(['net NET_MISMATCH']);
  });

  it('has no more digits than its currency', () => {
    expect(codes({ gross: '12.505' })).toEqual(['gross PRECISION']);
    expect(codes({ gross: '1250.5', currency: 'JPY' })).toEqual(['gross PRECISION']);
    expect(codes({ gross: '5.124', currency: 'KWD' })).toEqual([]);
  });

  it('knows the categories of Stripe, and any other as an adjustment', () => {
    const kinds = [
      'partial_capture_reversal',
      'refund_failure',
      'dispute_reversal',
      'network_cost',
      'payout',
      'reserve',
    ];
    expect(kinds.map((kind) => read({ kind }).kind)).toEqual([
      'charge',
      'refund',
      'dispute',
      'fee',
      'payout',
      'adjustment',
    ]);
  });

  it('needs a transaction, a payout, a kind and a currency', () => {
    expect(codes({ payoutReference: '' })).toEqual(['payoutReference NOT_PAID_OUT']);
    expect(codes({ transactionReference: '', kind: '' })).toEqual([
      'kind REQUIRED',
      'transactionReference REQUIRED',
    ]);
    expect(codes({ currency: 'XXZ' })).toEqual(['currency INVALID']);
    expect(codes({ paidOn: '3 Nov' })).toEqual(['paidOn DATE']);
    expect(read({ paidOn: '2026-11-03 00:00:00' }).paidOn).toBe('2026-11-03');
  });
});
