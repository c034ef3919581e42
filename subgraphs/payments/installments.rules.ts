/** Repayment of an amount in monthly installments. Pure. */
import { HUNDRED, ONE, ZERO, Decimal, sum } from '#kernel/decimal';
import { allocate, roundMoney } from '#kernel/money';
import type { InstallmentMethod } from './inputs.generated';

/** The amount to repay and its terms. */
export interface InstallmentTerms {
  /** Rounded to the currency, above zero. */
  readonly amount: Decimal;
  readonly currency: string;
  /** Nominal interest per year, in percent; not negative. */
  readonly annualRate: Decimal;
  /** Number of installments, at least one. */
  readonly count: number;
  readonly method: InstallmentMethod;
  /** "YYYY-MM-DD"; the first installment is due a month later. */
  readonly startDate: string;
}

/** One installment. */
export interface Installment {
  /** From 1. */
  readonly number: number;
  readonly dueDate: string;
  /** Principal + interest. */
  readonly payment: Decimal;
  readonly interest: Decimal;
  readonly principal: Decimal;
  /** Principal that is left afterwards. */
  readonly balance: Decimal;
}

/** A schedule and its sums. */
export interface InstallmentPlan {
  /** The first payment, and the last one, which settles what rounding left. */
  readonly payment: Decimal;
  readonly lastPayment: Decimal;
  readonly total: Decimal;
  readonly interest: Decimal;
  /** Effective interest per year, in percent with four decimal places. */
  readonly effectiveRate: Decimal;
  readonly schedule: readonly Installment[];
}

type Parts = Pick<Installment, 'payment' | 'interest'>;

const MONTHS = 12;
const RATE_PLACES = 4;
/** Halvings of the range of monthly rates; each adds a binary digit, so that these are exact to far more than four places. */
const HALVINGS = 60;

/** The schedule. The principals sum to the amount, and the payments to the total, to the unit of the currency. */
export function installmentPlan(terms: InstallmentTerms): InstallmentPlan {
  const parts = terms.method === 'annuity' ? annuityParts(terms) : flatParts(terms);
  let balance = terms.amount;
  const schedule = parts.map(({ payment, interest }, index) => {
    const principal = payment.minus(interest);
    balance = balance.minus(principal);
    const dueDate = monthsAfter(terms.startDate, index + 1);
    return { number: index + 1, dueDate, payment, interest, principal, balance };
  });
  return {
    payment: schedule[0]!.payment,
    lastPayment: schedule.at(-1)!.payment,
    total: sum(schedule.map(({ payment }) => payment)),
    interest: sum(schedule.map(({ interest }) => interest)),
    effectiveRate: effectiveRate(terms),
    schedule,
  };
}

/** Equal payments; the interest of each month is that of the balance, rounded. The last payment settles the rest. */
function annuityParts({ amount, currency, annualRate, count }: InstallmentTerms): Parts[] {
  const rate = monthlyRate(annualRate);
  const exact = rate.isZero() ? amount.dividedBy(count) : levelPayment(amount, rate, count);
  const regular = roundMoney(exact, currency);
  let balance = amount;
  return Array.from({ length: count }, (_, index) => {
    const interest = roundMoney(balance.times(rate), currency);
    const due = balance.plus(interest);
    const payment = index === count - 1 ? due : Decimal.min(regular, due);
    balance = due.minus(payment);
    return { payment, interest };
  });
}

/** Interest on the whole amount for the whole time, in equal parts. */
function flatParts({ amount, currency, annualRate, count }: InstallmentTerms): Parts[] {
  const interest = roundMoney(amount.times(monthlyRate(annualRate)).times(count), currency);
  const equal = Array.from({ length: count }, () => ONE);
  const interests = allocate(interest, equal, currency);
  return allocate(amount.plus(interest), equal, currency).map((payment, index) => ({
    payment,
    interest: interests[index]!,
  }));
}

function monthlyRate(annualRate: Decimal): Decimal {
  return annualRate.dividedBy(HUNDRED).dividedBy(MONTHS);
}

/** The equal payment that repays an amount at a monthly rate above zero. */
function levelPayment(amount: Decimal, rate: Decimal, count: number): Decimal {
  return amount.times(rate).dividedBy(ONE.minus(ONE.plus(rate).pow(-count)));
}

function effectiveRate({ method, annualRate, count }: InstallmentTerms): Decimal {
  const rate = monthlyRate(annualRate);
  const monthly = method === 'annuity' ? rate : rateOfFlat(rate, count);
  return ONE.plus(monthly).pow(MONTHS).minus(ONE).times(HUNDRED).toDecimalPlaces(RATE_PLACES);
}

/** The monthly rate on the balance that costs as much as a flat one. */
function rateOfFlat(rate: Decimal, count: number): Decimal {
  if (rate.isZero()) return ZERO;
  const payment = ONE.plus(rate.times(count)).dividedBy(count);
  // On average about half of the amount is left, so the rate on the balance is less than three times the flat one.
  let [low, high] = [rate.dividedBy(2), rate.times(3)];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = low.plus(high).dividedBy(2);
    if (levelPayment(ONE, middle, count).lessThan(payment)) low = middle;
    else high = middle;
  }
  return high;
}

/** The same day of a later month, or that month's last day. */
function monthsAfter(start: string, count: number): string {
  const [year, month, day] = start.split('-').map(Number) as [number, number, number];
  const lastDay = new Date(Date.UTC(year, month + count, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + count, Math.min(day, lastDay))).toISOString().slice(0, 10);
}
