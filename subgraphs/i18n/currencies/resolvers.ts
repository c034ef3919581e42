import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import { listCurrencies, requireCurrency, updateCurrency } from './currencies';
import { currencyName, currencySymbol } from './currency-names.rules';

export const resolvers: Resolvers = {
  Query: {
    currencies: (_, filter, ctx) => listCurrencies(ctx, filter),
    currency: (_, { code }, ctx) => requireCurrency(ctx, code),
  },
  Mutation: {
    updateCurrency: (_, { code, input }, ctx) => updateCurrency(ctx, code, input),
  },
  Currency: {
    name: ({ code }) => currencyName(code, 'en'),
    symbol: ({ code }) => currencySymbol(code, 'en'),
    cashStep: ({ cashStep, code }) => formatMoney(cashStep, code),
  },
};
