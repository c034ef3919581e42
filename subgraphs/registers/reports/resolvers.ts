import type { Resolvers } from '../types.generated';
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
    openedById: ({ openedBy }) => openedBy,
    closedById: ({ closedBy }) => closedBy,
    tax: ({ tax, currency }) => withCurrency(tax, currency),
    payments: ({ payments, currency }) => withCurrency(payments, currency),
    creditPayments: ({ creditPayments, currency }) => withCurrency(creditPayments, currency),
    tips: ({ tips, currency }) => withCurrency(tips, currency),
  },
};

const withCurrency = <Total extends object>(totals: readonly Total[], currency: string) =>
  totals.map((total) => ({ ...total, currency }));
