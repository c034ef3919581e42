import { ZERO, type Decimal } from '#kernel/decimal';
import { formatMoney, roundMoney } from '#kernel/money';
import type { SellingTerms } from '#subgraphs/auth/index';
import { averageSale } from '#subgraphs/orders/index';
import type { SessionTotals } from '#subgraphs/registers/index';
import type { Resolvers } from '../types.generated';
import { dailySalesReport } from './daily-sales-report';
import { cashierReport, shiftReport, type CashierRow, type ShiftFigures } from './shift-report';

const averageOf = (sums: Parameters<typeof averageSale>[0], terms: SellingTerms) =>
  formatMoney(averageSale(sums, terms), terms.currency);

const shiftAmount = (amount: (session: SessionTotals) => Decimal) => (shift: ShiftFigures) =>
  formatMoney(amount(shift.session), shift.terms.currency);

const cashierAmount = (amount: (row: CashierRow) => Decimal) => (row: CashierRow) => {
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
    timeZone: ({ terms }) => terms.timeZone,
    currency: ({ terms }) => terms.currency,
    salesCount: ({ figures }) => figures.sales,
    returnsCount: ({ figures }) => figures.returns,
    itemsSold: ({ figures }) => figures.unitsSold,
    itemsReturned: ({ figures }) => figures.unitsReturned,
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
    giftCardSales: ({ terms, figures }) => formatMoney(figures.giftCardSales, terms.currency),
    shipping: ({ terms, figures }) => formatMoney(figures.shipping, terms.currency),
    paymentDifferences: ({ terms, figures }) =>
      formatMoney(figures.paymentDifferences ?? ZERO, terms.currency),
    openConflictsCount: ({ openConflicts }) => openConflicts.count,
    openConflicts: ({ terms, openConflicts }) => formatMoney(openConflicts.amount, terms.currency),
    averageSale: ({ terms, figures }) => averageOf(figures, terms),
    tax: ({ terms, figures }) => withCurrency(figures.taxes, terms),
    payments: ({ terms, figures }) => withCurrency(figures.payments, terms),
    hours: ({ terms, figures }) => withCurrency(figures.hours, terms),
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
    openedById: ({ session }) => session.openedBy,
    closedAt: ({ session }) => session.closedAt,
    closedById: ({ session }) => session.closedBy,
    openingFloat: shiftAmount((session) => session.openingFloat),
    cashIn: shiftAmount((session) => session.cashIn),
    cashOut: shiftAmount((session) => session.cashOut),
    salesCount: ({ session }) => session.salesCount,
    returnsCount: ({ session }) => session.returnsCount,
    voidsCount: ({ session }) => session.voidsCount,
    grossSales: shiftAmount((session) => session.grossSales),
    discounts: shiftAmount((session) => session.discounts),
    refunds: shiftAmount((session) => session.refunds),
    voids: shiftAmount((session) => session.voids),
    netSales: shiftAmount((session) => session.netSales),
    rounding: shiftAmount((session) => session.rounding),
    giftCardSales: shiftAmount((session) => session.giftCardSales),
    paymentDifferences: shiftAmount((session) => session.paymentDifferences),
    openConflictsCount: ({ openConflicts }) => openConflicts.count,
    openConflicts: ({ terms, openConflicts }) => formatMoney(openConflicts.amount, terms.currency),
    averageSale: ({ session, terms }) =>
      averageOf(
        { gross: session.grossSales, discounts: session.discounts, sales: session.salesCount },
        terms,
      ),
    tax: ({ session, terms }) => withCurrency(session.tax, terms),
    payments: ({ session, terms }) => withCurrency(session.payments, terms),
    creditPayments: ({ session, terms }) => withCurrency(session.creditPayments, terms),
    tips: ({ session, terms }) => withCurrency(session.tips, terms),
    expectedCash: shiftAmount((session) => session.expectedCash),
    countedCash: ({ session, terms }) =>
      session.countedCash && formatMoney(session.countedCash, terms.currency),
    difference: ({ session, terms }) =>
      session.countedCash && formatMoney(session.countedCash.minus(session.expectedCash), terms.currency),
  },
  CashierReport: {
    branchId: ({ terms }) => terms.branchId,
    timeZone: ({ terms }) => terms.timeZone,
    currency: ({ terms }) => terms.currency,
  },
  CashierSales: {
    salesCount: ({ sales }) => sales,
    returnsCount: ({ returns }) => returns,
    itemsSold: ({ unitsSold }) => unitsSold,
    itemsReturned: ({ unitsReturned }) => unitsReturned,
    grossSales: cashierAmount((row) => row.gross),
    discountsCount: ({ discountedSales }) => discountedSales,
    discounts: cashierAmount((row) => row.discounts),
    overridesCount: ({ overrides }) => overrides,
    overrides: cashierAmount((row) => row.overridden),
    refunds: cashierAmount((row) => row.refunds),
    voids: cashierAmount((row) => row.voids),
    netSales: cashierAmount((row) => row.net),
    averageSale: (row) => averageOf(row, row.terms),
    tips: cashierAmount((row) => row.tips),
    cashDifference: ({ cashDifference, terms }) =>
      cashDifference && formatMoney(cashDifference, terms.currency),
  },
};
