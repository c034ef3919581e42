import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import {
  createCustomerGroup,
  deleteCustomerGroup,
  groupsByIds,
  listCustomerGroups,
  requireGroup,
  updateCustomerGroup,
} from './customer-groups';
import { groupsOf, membersCounts, setCustomerGroups } from './group-members';

export const resolvers: Resolvers = {
  Query: {
    customerGroups: (_, filter, ctx) => listCustomerGroups(ctx.db, filter),
    customerGroup: (_, { id }, ctx) => requireGroup(ctx.db, id),
  },
  Mutation: {
    createCustomerGroup: (_, { input }, ctx) => createCustomerGroup(ctx, input),
    updateCustomerGroup: (_, { id, input }, ctx) => updateCustomerGroup(ctx, id, input),
    deleteCustomerGroup: (_, { id, version }, ctx) => deleteCustomerGroup(ctx, id, version),
    setCustomerGroups: (_, { customerId, input }, ctx) => setCustomerGroups(ctx, customerId, input),
  },
  Customer: {
    groups: async ({ id }, _, ctx) =>
      // An earlier mutation of the same request may have changed them.
      (await loader(ctx, 'customers.groupsOf', (ids) => groupsOf(ctx.db, ids))
        .clear(id)
        .load(id)) ?? [],
  },
  CustomerGroup: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'customers.group', (ids) => groupsByIds(ctx.db, ids)).load(id)) ?? null,
    customersCount: async ({ id }, _, ctx) =>
      (await loader(ctx, 'customers.membersCounts', (ids) => membersCounts(ctx.db, ids)).load(id)) ?? 0,
  },
};
