import { formatDecimal } from '#kernel/decimal';
import type { Resolvers } from '../types.generated';
import { convertCurrency } from './convert';
import { deleteExchangeRate, setExchangeRate } from './exchange-rates';
import { listExchangeRates, ratesOfDay } from './exchange-rates.queries';
import { importExchangeRates } from './import-exchange-rates';

export const resolvers: Resolvers = {
  Query: {
    exchangeRates: (_, args, ctx) => ratesOfDay(ctx, args),
    exchangeRateHistory: (_, filter, ctx) => listExchangeRates(ctx.db, filter),
    convertCurrency: (_, { input }, ctx) => convertCurrency(ctx, input),
  },
  Mutation: {
    setExchangeRate: (_, { input }, ctx) => setExchangeRate(ctx, input),
    deleteExchangeRate: (_, { id }, ctx) => deleteExchangeRate(ctx, id),
    importExchangeRates: (_, { input }, ctx) => importExchangeRates(ctx, input),
  },
  ExchangeRate: {
    currency: ({ quote }) => quote,
    rate: ({ rate }) => formatDecimal(rate),
  },
};
