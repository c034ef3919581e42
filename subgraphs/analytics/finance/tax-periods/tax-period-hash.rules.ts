/**
 * The hash of a closed filing period: SHA-256 of its canonical text in UTF-8. The text is canonical JSON (kernel/canonical-json.rules.ts) of the
 * period and its rows, in the order of day, branch, rate and tax class, with the hash of the period before. Amounts and rates have four decimals.
 * So anyone can verify a period without PosPro, and no period can be replaced without those after it. Pure.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#kernel/canonical-json.rules';
import type { Decimal } from '#kernel/decimal';
import type { TaxPeriodRow, TaxPeriodRowRow } from '../../tables.generated';
import type { TaxAmounts } from '../tax/tax-figures.queries';
import { compareTaxClasses, compareTexts } from '../tax/tax-row-order.rules';

/** A row of a period. */
export type SealedRow = Omit<TaxPeriodRowRow, 'periodId' | 'organizationId' | 'position'>;

/** A period with its rows, before its hash. */
export type SealedPeriod = Omit<TaxPeriodRow, 'hash'> & { readonly rows: readonly SealedRow[] };

const PLACES = 4;
const fixed = (value: Decimal) => value.toFixed(PLACES);

/** The hashed text. */
function canonicalText({ rows, ...period }: SealedPeriod): string {
  const { id, organizationId, number, fromDay, toDay, currency, note, closedAt, closedBy, previousHash } =
    period;
  return canonicalJson({
    format: 'pospro-tax-period/2',
    ...{ id, organizationId, number, fromDay, toDay, currency, note, closedAt, closedBy, previousHash },
    ...amountsOf(period),
    rows: [...rows].sort(byKey).map((row) => {
      const { branchId, businessDate, jurisdiction, recordedOn, taxClassId, taxClass } = row;
      const key = { branchId, businessDate, jurisdiction, recordedOn, taxClassId, taxClass };
      return { ...key, rate: fixed(row.rate), ...amountsOf(row) };
    }),
  });
}

function amountsOf({ net, tax, refundsNet, refundsTax }: TaxAmounts) {
  return {
    net: fixed(net),
    tax: fixed(tax),
    refundsNet: fixed(refundsNet),
    refundsTax: fixed(refundsTax),
  };
}

function byKey(a: SealedRow, b: SealedRow): number {
  return (
    compareTexts(a.businessDate, b.businessDate) ||
    compareTexts(a.branchId, b.branchId) ||
    a.rate.comparedTo(b.rate) ||
    compareTaxClasses(a, b)
  );
}

/** The hash, in lower-case hex. */
export function hashPeriod(period: SealedPeriod): string {
  return createHash('sha256').update(canonicalText(period)).digest('hex');
}
