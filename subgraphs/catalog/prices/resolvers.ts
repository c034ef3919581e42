import { importPriceList } from '../import/bulk-operations';
import type { Resolvers } from '../types.generated';
import { formatPrice } from './format-price';
import {
  createPriceList,
  deletePriceList,
  listPriceLists,
  listPrices,
  priceListById,
  setListedPrices,
  updatePriceList,
} from './price-lists';

export const priceResolvers: Resolvers = {
  Query: {
    priceLists: (_, args, ctx) => listPriceLists(ctx.db, args),
    priceListPrices: (_, { priceListId, ...paging }, ctx) => listPrices(ctx, priceListId, paging),
  },
  Mutation: {
    createPriceList: (_, { input }, ctx) => createPriceList(ctx, input),
    updatePriceList: (_, { id, input }, ctx) => updatePriceList(ctx, id, input),
    setPriceListPrices: (_, { id, input: { prices, version } }, ctx) =>
      setListedPrices(ctx, id, prices, version),
    importPriceList: (_, { id, input }, ctx) => importPriceList(ctx, id, input),
    deletePriceList: (_, { id, version }, ctx) => deletePriceList(ctx, id, version),
  },
  PriceList: { __resolveReference: ({ id }, ctx) => priceListById(ctx, id) },
  ListedPrice: { price: ({ price }, _, ctx) => formatPrice(ctx, price) },
};
