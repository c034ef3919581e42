import { ZERO, type Decimal } from '#kernel/decimal';
import { formatMoney, roundMoney } from '#kernel/money';
import type { SellingTerms } from '#subgraphs/auth/index';
import type { SessionTotals } from '#subgraphs/registers/index';
import type { Resolvers } from '../types.generated';
import { dailySalesReport } from './daily-sales-report';
import { cashierReport, shiftReport, type CashierRow, type ShiftFigures } from './shift-report';

/** What a sale came to on average, before refunds; zero where there was none. */
function averageOf(
  terms: SellingTerms,
  { gross, discounts, sales }: { gross: Decimal; discounts: Decimal; sales: number },
): string {
  const sold = gross.minus(discounts);
  const average = sales === 0 ? sold : sold.dividedBy(sales);
  return formatMoney(roundMoney(average, terms.currency, terms.roundingMode), terms.currency);
}

const ofShift = (amount: (session: SessionTotals) => Decimal) => (shift: ShiftFigures) =>
  formatMoney(amount(shift.session), shift.terms.currency);

const ofCashier = (amount: (row: CashierRow) => Decimal) => (row: CashierRow) => {
  const { currency, roundingMode } = row.terms;
  return formatMoney(roundMoney(amount(row), currency, roundingMode), currency);
};

const withCurrency = <Row extends object>(rows: readonly Row[], { currency }: SellingTerms) =>
  rows.map((row) => ({ ...row, currency }));

export const resolvers: Resolvers = {
  Query: {
    dailySalesReport: (_, args, ctx) => dailySalesReport(ctx, args),
    shiftReport: (_, choice, ctx) => shiftReport(ctx, choice),
    cashierReport: (_, choice, ctx) => cashierReport(ctx, choice),
  },
  DailySalesReport: {
    branchId: ({ terms }) => terms.branchId,
    branch: ({ terms }) => ({ __typename: 'Branch', id: terms.branchId }),
    timeZone: ({ terms }) => terms.timeZone,
    currency: ({ terms }) => terms.currency,
    salesCount: ({ figures }) => figures.sales,
    returnsCount: ({ figures }) => figures.returns,
    unitsSold: ({ figures }) => figures.unitsSold,
    unitsReturned: ({ figures }) => figures.unitsReturned,
    grossSales: ({ terms, figures }) => formatMoney(figures.gross, terms.currency),
    discounts: ({ terms, figures }) => formatMoney(figures.discounts, terms.currency),
    refunds: ({ terms, figures }) => formatMoney(figures.refunds, terms.currency),
    voids: ({ terms, figures }) => formatMoney(figures.voids, terms.currency),
    voidsCount: ({ figures }) => figures.voidsCount,
    tips: ({ terms, figures }) => formatMoney(figures.tips, terms.currency),
    netSales: ({ terms, figures }) => formatMoney(figures.net, terms.currency),
    taxTotal: ({ terms, figures }) =>
      formatMoney(
        figures.taxes.reduce((total, { tax }) => total.plus(tax), figures.net.times(0)),
        terms.currency,
      ),
    rounding: ({ terms, figures }) => formatMoney(figures.rounding, terms.currency),
    paymentDifferences: ({ terms, figures }) =>
      formatMoney(figures.paymentDifferences ?? ZERO, terms.currency),
    openConflictsCount: ({ open }) => open.count,
    openConflicts: ({ terms, open }) => formatMoney(open.amount, terms.currency),
    averageSale: ({ terms, figures }) => averageOf(terms, figures),
    tax: ({ terms, figures }) => figures.taxes.map((tax) => ({ ...tax, currency: terms.currency })),
    payments: ({ terms, payments }) => payments.map((payment) => ({ ...payment, currency: terms.currency })),
    hours: ({ terms, figures }) => figures.hours.map((hour) => ({ ...hour, currency: terms.currency })),
  },
  DailyTax: {
    net: ({ net, currency }) => formatMoney(net, currency),
    tax: ({ tax, currency }) => formatMoney(tax, currency),
  },
  DailyPayments: {
    amount: ({ amount, currency }) => formatMoney(amount, currency),
  },
  DailyHour: {
    salesCount: ({ sales }) => sales,
    returnsCount: ({ returns }) => returns,
    netSales: ({ net, currency }) => formatMoney(net, currency),
  },
  ShiftReport: {
    registerSessionId: ({ session }) => session.id,
    registerId: ({ session }) => session.registerId,
    registerName: ({ session }) => session.registerName,
    branchId: ({ session }) => session.branchId,
    open: ({ session }) => session.status === 'open',
    training: ({ session }) => session.training,
    currency: ({ terms }) => terms.currency,
    timeZone: ({ terms }) => terms.timeZone,
    openedAt: ({ session }) => session.openedAt,
    openedBy: ({ session }) => session.openedBy,
    closedAt: ({ session }) => session.closedAt,
    closedBy: ({ session }) => session.closedBy,
    openingFloat: ofShift((session) => session.openingFloat),
    cashIn: ofShift((session) => session.cashIn),
    cashOut: ofShift((session) => session.cashOut),
    salesCount: ({ session }) => session.salesCount,
    returnsCount: ({ session }) => session.returnsCount,
    voidsCount: ({ session }) => session.voidsCount,
    grossSales: ofShift((session) => session.grossSales),
    discounts: ofShift((session) => session.discounts),
    refunds: ofShift((session) => session.refunds),
    voids: ofShift((session) => session.voids),
    netSales: ofShift((session) => session.netSales),
    rounding: ofShift((session) => session.rounding),
    paymentDifferences: ofShift((session) => session.paymentDifferences),
    openConflictsCount: ({ open }) => open.count,
    openConflicts: ({ terms, open }) => formatMoney(open.amount, terms.currency),
    averageSale: ({ session, terms }) =>
      averageOf(terms, {
        gross: session.grossSales,
        discounts: session.discounts,
        sales: session.salesCount,
      }),
    tax: ({ session, terms }) => withCurrency(session.tax, terms),
    payments: ({ session, terms }) => withCurrency(session.payments, terms),
    creditPayments: ({ session, terms }) => withCurrency(session.creditPayments, terms),
    tips: ({ session, terms }) => withCurrency(session.tips, terms),
    expectedCash: ofShift((session) => session.expectedCash),
    countedCash: ({ session, terms }) =>
      session.countedCash && formatMoney(session.countedCash, terms.currency),
    difference: ({ session, terms }) =>
      session.countedCash && formatMoney(session.countedCash.minus(session.expectedCash), terms.currency),
  },
  CashierReport: {
    branchId: ({ terms }) => terms.branchId,
    branch: ({ terms }) => ({ __typename: 'Branch', id: terms.branchId }),
    timeZone: ({ terms }) => terms.timeZone,
    currency: ({ terms }) => terms.currency,
  },
  CashierSales: {
    salesCount: ({ sales }) => sales,
    returnsCount: ({ returns }) => returns,
    itemsSold: ({ unitsSold }) => unitsSold,
    itemsReturned: ({ unitsReturned }) => unitsReturned,
    grossSales: ofCashier((row) => row.gross),
    discountsCount: ({ discountedSales }) => discountedSales,
    discounts: ofCashier((row) => row.discounts),
    overridesCount: ({ overrides }) => overrides,
    overrides: ofCashier((row) => row.overridden),
    refunds: ofCashier((row) => row.refunds),
    voids: ofCashier((row) => row.voids),
    netSales: ofCashier((row) => row.net),
    averageSale: (row) => averageOf(row.terms, row),
    tips: ofCashier((row) => row.tips),
    cashDifference: ({ cashDifference, terms }) =>
      cashDifference && formatMoney(cashDifference, terms.currency),
  },
};
