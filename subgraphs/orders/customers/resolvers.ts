import type { Resolvers } from '../types.generated';
import { customerStats, favouritesOf } from './customer-stats';
import { deleteCustomer } from './delete-customer';
import { exportCustomerData } from './export-customer-data';
import { mergeCustomers } from './merge-customers';

export const resolvers: Resolvers = {
  Query: {
    customerStats: (_, { customerId }, ctx) => customerStats(ctx, customerId),
  },
  Mutation: {
    deleteCustomer: (_, { id, version }, ctx) => deleteCustomer(ctx, id, version),
    exportCustomerData: (_, { id, ...page }, ctx) => exportCustomerData(ctx, id, page),
    mergeCustomers: (_, { id, input }, ctx) => mergeCustomers(ctx, id, input),
  },
  CustomerStats: {
    favourites: (stats, _, ctx) => favouritesOf(ctx, stats),
  },
};
