import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import { listCurrencies, requireCurrency, updateCurrency } from './currencies';
import { requestLanguage } from '../languages/request-language';
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
    name: async ({ code }, _, ctx) => currencyName(code, (await requestLanguage(ctx))?.code ?? 'en'),
    symbol: async ({ code }, _, ctx) => currencySymbol(code, (await requestLanguage(ctx))?.code ?? 'en'),
    cashStep: ({ cashStep, code }) => formatMoney(cashStep, code),
  },
};
