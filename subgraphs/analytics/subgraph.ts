/** Analytics and finance in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as customers } from './customers/resolvers';
import { resolvers as accounts } from './finance/accounts/resolvers';
import { resolvers as cashFlow } from './finance/cash-flow/resolvers';
import { resolvers as accountingExport } from './finance/export/resolvers';
import { resolvers as journal } from './finance/journal/resolvers';
import { resolvers as liabilities } from './finance/liabilities/resolvers';
import { resolvers as profitLoss } from './finance/profit-loss/resolvers';
import { resolvers as tax } from './finance/tax/resolvers';
import { resolvers as taxPeriods } from './finance/tax-periods/resolvers';
import { resolvers as forecast } from './forecast/resolvers';
import { resolvers as manualAmounts } from './manual-amounts/resolvers';
import { resolvers as products } from './products/resolvers';
import { startReportDays } from './report-days/report-days.worker';
import { ANALYTICS_RETENTION } from './retention';
import { resolvers as sales } from './sales/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  retention: ANALYTICS_RETENTION,
  resolvers: mergeResolvers([
    customers,
    accounts,
    cashFlow,
    accountingExport,
    journal,
    liabilities,
    profitLoss,
    tax,
    taxPeriods,
    forecast,
    manualAmounts,
    products,
    sales,
  ]),
  start: (services) => Promise.resolve(startReportDays(services)),
});
