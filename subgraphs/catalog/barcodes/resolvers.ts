import type { Resolvers } from '../types.generated';
import {
  barcodeRuleById,
  createBarcodeRule,
  deleteBarcodeRule,
  listBarcodeRules,
  updateBarcodeRule,
} from './barcode-rules';

export const barcodeResolvers: Resolvers = {
  Query: {
    barcodeRules: (_, __, ctx) => listBarcodeRules(ctx),
  },
  Mutation: {
    createBarcodeRule: (_, { input }, ctx) => createBarcodeRule(ctx, input),
    updateBarcodeRule: (_, { id, input }, ctx) => updateBarcodeRule(ctx, id, input),
    deleteBarcodeRule: (_, { id, version }, ctx) => deleteBarcodeRule(ctx, id, version),
  },
  BarcodeRule: { __resolveReference: ({ id }, ctx) => barcodeRuleById(ctx, id) },
};
