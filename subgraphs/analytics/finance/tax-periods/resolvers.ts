import type { Resolvers } from '../../types.generated';
import { closeTaxPeriod } from './close-tax-period';
import { hashPeriod } from './tax-period-hash.rules';
import { listTaxPeriods, requireTaxPeriod, rowsOfTaxPeriod } from './tax-periods.queries';

export const resolvers: Resolvers = {
  Query: {
    taxPeriods: (_, page, ctx) => listTaxPeriods(ctx.db, page),
    taxPeriod: (_, { id }, ctx) => requireTaxPeriod(ctx.db, id),
  },
  Mutation: {
    closeTaxPeriod: (_, { input }, ctx) => closeTaxPeriod(ctx, input),
  },
  TaxPeriod: {
    from: ({ fromDay }) => fromDay,
    to: ({ toDay }) => toDay,
    closedById: ({ closedBy }) => closedBy,
    intact: async ({ hash, ...period }, _, ctx) =>
      hashPeriod({ ...period, rows: await rowsOfTaxPeriod(ctx.db, period.id) }) === hash,
  },
};
