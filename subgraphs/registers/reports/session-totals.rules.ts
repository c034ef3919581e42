/** The totals of a register session: the one list of values that sessions keep, reports show and Z-reports seal. */
import { type Decimal, ZERO } from '#kernel/decimal';
import { snake } from '#kernel/casing';
import type {
  RegisterSessionRow,
  RegisterSessionTaxRow,
  RegisterSessionTenderRow,
} from '../tables.generated';

/**
 * The values that a session keeps, in the order of a Z-report's canonical text. A further value or another order would change the
 * text, and so the hashes of older reports: a value that is added later must be omitted from the text while it is zero, as voids are.
 */
const FIGURES = {
  openingFloat: 'amount',
  cashIn: 'amount',
  cashOut: 'amount',
  salesCount: 'count',
  returnsCount: 'count',
  grossSales: 'amount',
  discounts: 'amount',
  refunds: 'amount',
  netSales: 'amount',
  rounding: 'amount',
} as const;

type FigureName = keyof typeof FIGURES;

/** Values that were added later, each with its own line in the canonical text. */
type LaterFigureName =
  'voidsCount' | 'voids' | 'paymentDifferences' | 'conflictsCount' | 'conflicts' | 'giftCardSales';

/** The values of a session without its parts. Amounts are in its currency. */
export type SessionFigures = Pick<RegisterSessionRow, FigureName | LaterFigureName>;

/** Running total of one tax rate. */
export type TaxTotal = Pick<RegisterSessionTaxRow, 'rate' | 'net' | 'tax'>;

/** Running total of one payment method. */
export type TenderTotal = Pick<RegisterSessionTenderRow, 'method' | 'count' | 'amount'>;

/** The totals of a session by tax rate and payment method. */
export interface SessionParts {
  tax: TaxTotal[];
  payments: TenderTotal[];
  creditPayments: TenderTotal[];
  tips: TenderTotal[];
}

/** Values that older reports do not have. */
type NewestFigureName = Exclude<LaterFigureName, 'voidsCount' | 'voids'>;

/** The values under a hash; older reports lack the newest ones. */
type SealedFigures = Omit<SessionFigures, NewestFigureName> &
  Partial<Pick<SessionFigures, NewestFigureName>> &
  SessionParts;

/** Picks the values and parts from a session or a report. */
export function toSessionFigures(totals: SessionFigures & SessionParts): SessionFigures & SessionParts {
  const {
    voidsCount,
    voids,
    paymentDifferences,
    conflictsCount,
    conflicts,
    giftCardSales,
    tax,
    payments,
    creditPayments,
    tips,
  } = totals;
  const running = Object.fromEntries(figureNames().map((name) => [name, totals[name]])) as unknown as Pick<
    SessionFigures,
    FigureName
  >;
  const later = { voidsCount, voids, paymentDifferences, conflictsCount, conflicts, giftCardSales };
  return { ...running, ...later, tax, payments, creditPayments, tips };
}

/** The values as lines of a Z-report's canonical text, which z-hash.rules.ts describes. */
export function figureLines(totals: SealedFigures): [string, string][] {
  const hasVoids = totals.voidsCount > 0 || !totals.voids.isZero();
  const { paymentDifferences = ZERO, conflictsCount = 0, conflicts = ZERO, giftCardSales = ZERO } = totals;
  const hasDifferences = !paymentDifferences.isZero();
  const hasConflicts = conflictsCount > 0 || !conflicts.isZero();
  return [
    ...figureNames().map((name): [string, string] => [snake(name), figureText(totals[name])]),
    ...(hasVoids ? [['voids', `${totals.voidsCount};${fixed(totals.voids)}`] as [string, string]] : []),
    ...(hasDifferences ? [['payment_differences', fixed(paymentDifferences)] as [string, string]] : []),
    ...(hasConflicts ? [['conflicts', `${conflictsCount};${fixed(conflicts)}`] as [string, string]] : []),
    ...(giftCardSales.isZero() ? [] : [['gift_card_sales', fixed(giftCardSales)] as [string, string]]),
    ...[...totals.tax].sort((a, b) => a.rate.comparedTo(b.rate)).map(taxLine),
    ...tenderLines('payment', totals.payments),
    ...tenderLines('credit_payment', totals.creditPayments),
    ...tenderLines('tip', totals.tips),
  ];
}

/** An amount with four decimals. */
export function fixed(amount: Decimal): string {
  return amount.toFixed(4);
}

const figureNames = () => Object.keys(FIGURES) as FigureName[];

function figureText(figure: number | Decimal): string {
  return typeof figure === 'number' ? String(figure) : fixed(figure);
}

function taxLine({ rate, net, tax }: TaxTotal): [string, string] {
  return ['tax', `${fixed(rate)};${fixed(net)};${fixed(tax)}`];
}

function tenderLines(name: string, tenders: readonly TenderTotal[]): [string, string][] {
  return [...tenders]
    .sort((a, b) => (a.method < b.method ? -1 : 1))
    .map(({ method, count, amount }) => [name, `${method};${count};${fixed(amount)}`]);
}
