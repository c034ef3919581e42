import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import type { TenderTotal } from './session-totals.rules';
import { xReport } from './x-report';
import { listZReports, verifyChain, zReport } from './z-reports';

export const resolvers: Resolvers = {
  Query: {
    xReport: (_, { registerId }, ctx) => xReport(ctx, registerId),
    zReport: (_, choice, ctx) => zReport(ctx, choice),
    zReports: (_, filter, ctx) => listZReports(ctx, filter),
    verifyZReports: (_, { registerId }, ctx) => verifyChain(ctx, registerId),
  },
  RegisterReport: {
    registerSessionId: ({ sessionId }) => sessionId,
    tax: ({ tax, currency }) =>
      tax.map((total) => ({
        rate: total.rate,
        net: formatMoney(total.net, currency),
        tax: formatMoney(total.tax, currency),
      })),
    payments: ({ payments, currency }) => formatTenders(payments, currency),
    creditPayments: ({ creditPayments, currency }) => formatTenders(creditPayments, currency),
    tips: ({ tips, currency }) => formatTenders(tips, currency),
  },
};

const formatTenders = (totals: readonly TenderTotal[], currency: string) =>
  totals.map((total) => ({ ...total, amount: formatMoney(total.amount, currency) }));
