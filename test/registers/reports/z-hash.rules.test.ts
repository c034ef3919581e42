import fc from 'fast-check';
import { Decimal } from '#kernel/decimal';
import {
  canonicalText,
  findChainError,
  hashReport,
  type ChainedReport,
  type SealedReport,
} from '#subgraphs/registers/reports/z-hash.rules';
import { amount } from '#test/harness/values';

const REPORT: SealedReport = {
  organizationId: '0190a000-0000-7000-8000-000000000001',
  branchId: '0190a000-0001-7000-8000-000000000001',
  registerId: '0190a000-000a-7000-8000-000000000001',
  sessionId: '0190a000-000d-7000-8000-000000000001',
  number: 1,
  currency: 'EUR',
  openedAt: new Date('2026-01-31T08:00:00Z'),
  openedBy: '0190a000-0002-7000-8000-000000000001',
  closedAt: new Date('2026-01-31T18:04:05.120Z'),
  closedBy: null,
  openingFloat: amount('100'),
  cashIn: amount('20'),
  cashOut: amount('5.50'),
  salesCount: 3,
  returnsCount: 1,
  grossSales: amount('130'),
  discounts: amount('10'),
  refunds: amount('20'),
  netSales: amount('100'),
  rounding: amount('-0.02'),
  tax: [
    { rate: amount('19'), net: amount('67.23'), tax: amount('12.77') },
    { rate: amount('7'), net: amount('18.69'), tax: amount('1.31') },
  ],
  payments: [
    { method: 'cash', count: 2, amount: amount('59.98') },
    { method: 'card', count: 1, amount: amount('40') },
  ],
  creditPayments: [{ method: 'cash', count: 1, amount: amount('7') }],
  tips: [{ method: 'card', count: 1, amount: amount('2') }],
  voidsCount: 1,
  voids: amount('5'),
  giftCardSales: amount('0'),
  paymentDifferences: amount('-0.01'),
  conflictsCount: 2,
  conflicts: amount('1.5'),
  expectedCash: amount('181.48'),
  countedCash: amount('181.50'),
  difference: amount('0.02'),
  grandTotal: amount('130'),
  previousHash: null,
};

const TEXT = `format=pospro-z-report/1
organization_id=0190a000-0000-7000-8000-000000000001
branch_id=0190a000-0001-7000-8000-000000000001
register_id=0190a000-000a-7000-8000-000000000001
session_id=0190a000-000d-7000-8000-000000000001
number=1
currency=EUR
opened_at=2026-01-31T08:00:00.000Z
opened_by=0190a000-0002-7000-8000-000000000001
closed_at=2026-01-31T18:04:05.120Z
closed_by=
opening_float=100.0000
cash_in=20.0000
cash_out=5.5000
sales_count=3
returns_count=1
gross_sales=130.0000
discounts=10.0000
refunds=20.0000
net_sales=100.0000
rounding=-0.0200
voids=1;5.0000
payment_differences=-0.0100
conflicts=2;1.5000
tax=7.0000;18.6900;1.3100
tax=19.0000;67.2300;12.7700
payment=card;1;40.0000
payment=cash;2;59.9800
credit_payment=cash;1;7.0000
tip=card;1;2.0000
expected_cash=181.4800
counted_cash=181.5000
difference=0.0200
grand_total=130.0000
previous_hash=
`;

const sealed = (report: SealedReport): ChainedReport => ({ ...report, hash: hashReport(report) });

describe('the canonical text of a Z-report', () => {
  it('is what the documentation says, to the byte', () => {
    expect(canonicalText(REPORT)).toBe(TEXT);
    // The `sha256sum` of that text must never change, because stored reports are sealed with it.
    expect(hashReport(REPORT)).toBe('a3ce7de216f7a2ed3ebb69d31ae65eb7b992e36ecff8e9578344cfdbfdadd610');
  });

  it('omits lines without a value, so that the hashes of older reports stay valid', () => {
    const plain = { ...REPORT, paymentDifferences: amount('0'), conflictsCount: 0, conflicts: amount('0') };
    const withVoids = TEXT.replace('payment_differences=-0.0100\nconflicts=2;1.5000\n', '');
    expect(canonicalText(plain)).toBe(withVoids);
    expect(hashReport(plain)).toBe('20be136a6335b2a1e35b133bfe96647591f59365bdca9b199f5fafb33f4bd6d9');
    const withCards = { ...REPORT, giftCardSales: amount('50') };
    const cards = 'conflicts=2;1.5000\ngift_card_sales=50.0000\n';
    expect(canonicalText(withCards)).toBe(TEXT.replace('conflicts=2;1.5000\n', cards));
    const without = { ...plain, voidsCount: 0, voids: amount('0') };
    expect(canonicalText(without)).toBe(withVoids.replace('voids=1;5.0000\n', ''));
    expect(hashReport(without)).toBe('42cd77c24190e53df9c73ee57a367d2e35af354b8929e64a3e8aa210809084ed');
  });

  it('has empty values without a user who opened or closed, and without a previous report', () => {
    const withoutUsers = canonicalText({
      ...REPORT,
      openedBy: null,
      closedBy: null,
      previousHash: null,
    }).split('\n');
    expect(withoutUsers).toEqual(expect.arrayContaining(['opened_by=', 'closed_by=', 'previous_hash=']));
    const withUsers = canonicalText({ ...REPORT, openedBy: 'a', closedBy: 'b', previousHash: 'c' }).split(
      '\n',
    );
    expect(withUsers).toEqual(expect.arrayContaining(['opened_by=a', 'closed_by=b', 'previous_hash=c']));
  });

  it('does not depend on the order of totals, nor on how a decimal was written', () => {
    const other: SealedReport = {
      ...REPORT,
      tax: [...REPORT.tax].reverse(),
      payments: [...REPORT.payments].reverse(),
      openingFloat: amount('100.000'),
    };
    expect(hashReport(other)).toBe(hashReport(REPORT));
    expect(canonicalText({ ...REPORT, difference: amount('-0') })).toContain('difference=0.0000\n');
  });

  it('changes with every amount, count, moment and id', () => {
    const seen = new Set([hashReport(REPORT)]);
    for (const [name, value] of Object.entries(REPORT)) {
      const hash = hashReport({ ...REPORT, [name]: altered(value) });
      expect({ name, known: seen.has(hash) }).toEqual({ name, known: false });
      seen.add(hash);
    }
  });

  it('differs for any two amounts', () => {
    const amount = fc
      .integer({ min: -1_000_000_000, max: 1_000_000_000 })
      .map((units) => new Decimal(units).dividedBy(10_000));
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const same = hashReport({ ...REPORT, grossSales: a }) === hashReport({ ...REPORT, grossSales: b });
        expect(same).toBe(a.equals(b));
      }),
    );
  });
});

/** Another value of the same kind. */
function altered(value: unknown): unknown {
  if (Decimal.isDecimal(value)) return value.plus('0.0001');
  if (value instanceof Date) return new Date(value.getTime() + 1);
  if (typeof value === 'number') return value + 1;
  if (Array.isArray(value))
    return value.map((entry: object) =>
      Object.fromEntries(Object.entries(entry).map(([k, v]) => [k, altered(v)])),
    );
  return typeof value === 'string' ? `${value}x` : 'x';
}

describe('the chain', () => {
  const start = { number: 0, hash: null, grandTotal: amount('0') };
  const first = sealed(REPORT);
  const second = sealed({ ...REPORT, number: 2, grandTotal: amount('260'), previousHash: first.hash });

  it('accepts reports that follow each other', () => {
    expect(findChainError(start, first)).toBeUndefined();
    expect(findChainError(first, second)).toBeUndefined();
  });

  it('names the reason why a report does not', () => {
    expect(findChainError(start, second)).toBe('number_gap');
    expect(findChainError(first, { ...second, grossSales: amount('130.01') })).toBe('amounts_altered');
    expect(findChainError(first, sealed({ ...second, previousHash: 'f'.repeat(64) }))).toBe(
      'previous_hash_differs',
    );
    expect(findChainError(first, sealed({ ...second, grandTotal: amount('130') }))).toBe(
      'grand_total_differs',
    );
    expect(findChainError(first, sealed({ ...second, expectedCash: amount('1') }))).toBe('drawer_differs');
  });
});
