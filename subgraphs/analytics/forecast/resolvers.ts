import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import { salesForecast } from './sales-forecast';

export const resolvers: Resolvers = {
  Query: {
    salesForecast: async (_, choice, ctx) => {
      const forecast = await salesForecast(ctx, choice);
      const money = (amount: Parameters<typeof formatMoney>[0]) => formatMoney(amount, forecast.currency);
      const points = forecast.points.map(({ mean, lower, upper, ...point }) => ({
        ...point,
        ...{ mean: money(mean), lower: money(lower), upper: money(upper) },
      }));
      return { ...forecast, points };
    },
  },
};
