import type { Resolvers } from '../types.generated';
import { receiptLogo, setReceiptLogo } from './receipt-logo';
import { tillSettings, updateTillSettings } from './till-settings';

export const resolvers: Resolvers = {
  Query: {
    tillSettings: (_, __, ctx) => tillSettings(ctx.db),
  },
  Mutation: {
    updateTillSettings: (_, { input }, ctx) => updateTillSettings(ctx, input),
    setReceiptLogo: async (_, { input }, ctx) => {
      await setReceiptLogo(ctx, input.image, input.version);
      return tillSettings(ctx.db);
    },
  },
  TillSettings: {
    receiptLogo: async (_, __, ctx) => {
      const logo = await receiptLogo(ctx.db);
      return logo && `data:image/png;base64,${logo.toString('base64')}`;
    },
  },
};
