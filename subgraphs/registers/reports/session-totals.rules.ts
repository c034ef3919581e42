/** What the books of a register session say: the one list of figures that sessions keep, reports show and Z-reports seal. Pure. */
import { type Decimal, ZERO } from '#kernel/decimal';
import { snake } from '#kernel/casing';
import type {
  RegisterSessionRow,
  RegisterSessionTaxRow,
  RegisterSessionTenderRow,
} from '../tables.generated';

/**
 * The figures that a session keeps while it runs, in the order of a Z-report's canonical text. Another one, or another order, is
 * another text under the hash: a figure that comes later must be left out of the text where it says nothing, as the voids are.
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

/** Figures that were added later, each with a line of its own in the canonical text. */
type Later = 'voidsCount' | 'voids' | 'paymentDifferences' | 'conflictsCount' | 'conflicts';

/** The figures of a session. Amounts are in its currency. */
export type SessionFigures = Pick<RegisterSessionRow, FigureName | Later>;

/** Running total of one tax rate. */
export type TaxTotal = Pick<RegisterSessionTaxRow, 'rate' | 'net' | 'tax'>;

/** Running total of one payment method. */
export type TenderTotal = Pick<RegisterSessionTenderRow, 'method' | 'count' | 'amount'>;

/** What a session's sums are made of. */
export interface SessionParts {
  tax: TaxTotal[];
  payments: TenderTotal[];
  creditPayments: TenderTotal[];
  tips: TenderTotal[];
}

/** Figures that older reports do not have. */
type Newest = Exclude<Later, 'voidsCount' | 'voids'>;

/** The figures under a hash. Reports of before some figures were kept have none of them. */
type SealedFigures = Omit<SessionFigures, Newest> & Partial<Pick<SessionFigures, Newest>> & SessionParts;

/** The figures and their parts alone, of whatever has them. */
export function toSessionFigures(books: SessionFigures & SessionParts): SessionFigures & SessionParts {
  const {
    voidsCount,
    voids,
    paymentDifferences,
    conflictsCount,
    conflicts,
    tax,
    payments,
    creditPayments,
    tips,
  } = books;
  const running = Object.fromEntries(figureNames().map((name) => [name, books[name]])) as unknown as Pick<
    SessionFigures,
    FigureName
  >;
  const later = { voidsCount, voids, paymentDifferences, conflictsCount, conflicts };
  return { ...running, ...later, tax, payments, creditPayments, tips };
}

/** The figures as lines of a Z-report's canonical text; z-hash.rules.ts says how it is written. */
export function figureLines(books: SealedFigures): [string, string][] {
  const voided = books.voidsCount > 0 || !books.voids.isZero();
  const { paymentDifferences = ZERO, conflictsCount = 0, conflicts = ZERO } = books;
  const differs = !paymentDifferences.isZero();
  const disputed = conflictsCount > 0 || !conflicts.isZero();
  return [
    ...figureNames().map((name): [string, string] => [snake(name), figureText(books[name])]),
    ...(voided ? [['voids', `${books.voidsCount};${fixed(books.voids)}`] as [string, string]] : []),
    ...(differs ? [['payment_differences', fixed(paymentDifferences)] as [string, string]] : []),
    ...(disputed ? [['conflicts', `${conflictsCount};${fixed(conflicts)}`] as [string, string]] : []),
    ...[...books.tax].sort((a, b) => a.rate.comparedTo(b.rate)).map(taxLine),
    ...tenderLines('payment', books.payments),
    ...tenderLines('credit_payment', books.creditPayments),
    ...tenderLines('tip', books.tips),
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
