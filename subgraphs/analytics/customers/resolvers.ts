import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import { customerAcquisition, customerRetention } from './cohorts';
import { customerLifetimeValue } from './lifetime-value';
import { rfmScores } from './rfm-scores.queries';
import { segmentOf } from './rfm.rules';
import { customerSegments } from './segments';

export const resolvers: Resolvers = {
  Query: {
    customerSegments: (_, choice, ctx) => customerSegments(ctx, choice),
    rfmScores: (_, args, ctx) => rfmScores(ctx, args),
    customerLifetimeValue: (_, choice, ctx) => customerLifetimeValue(ctx, choice),
    customerRetention: (_, choice, ctx) => customerRetention(ctx, choice),
    customerAcquisition: (_, choice, ctx) => customerAcquisition(ctx, choice),
  },
  RfmScore: {
    recency: ({ r }) => r,
    frequency: ({ f }) => f,
    monetary: ({ m }) => m,
    segment: (scores) => segmentOf(scores),
    netSales: ({ netSales, currency }) => formatMoney(netSales, currency),
  },
  SegmentFigures: {
    netSales: ({ netSales, currency }) => formatMoney(netSales, currency),
  },
  CustomerValue: {
    expectedValue: ({ expectedValue, currency }) => formatMoney(expectedValue, currency),
    clv: ({ clv, currency }) => formatMoney(clv, currency),
  },
};
