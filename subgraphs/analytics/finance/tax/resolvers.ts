import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../../types.generated';
import { taxReport } from './tax-report';
import type { TaxAmounts } from './tax-figures.queries';

const METHOD =
  'Tax is recorded and rounded for each line when it is sold or refunded. The report adds up the recorded amounts.';

const shown = ({ net, tax, refundsNet, refundsTax }: TaxAmounts, currency: string) => ({
  net: formatMoney(net, currency),
  tax: formatMoney(tax, currency),
  gross: formatMoney(net.plus(tax), currency),
  refundsNet: formatMoney(refundsNet, currency),
  refundsTax: formatMoney(refundsTax, currency),
});

export const resolvers: Resolvers = {
  Query: {
    taxReport: (_, choice, ctx) => taxReport(ctx, choice),
  },
  TaxReport: {
    method: () => METHOD,
    gross: ({ net, tax, currency }) => formatMoney(net.plus(tax), currency),
    rows: ({ rows, currency }) =>
      rows.map(({ jurisdiction, rate, taxClass, taxClassId, ...amounts }) => ({
        ...{ jurisdiction, rate, taxClass, taxClassId },
        ...shown(amounts, currency),
      })),
    period: ({ period }) => ({
      id: period?.id,
      status: period ? ('closed' as const) : ('open' as const),
      closedAt: period?.closedAt,
      hash: period?.hash,
    }),
  },
};
