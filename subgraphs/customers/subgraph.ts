/** Customers in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { loader } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { IMPORT_SCHEMA, importErrorFields, importJobFields } from '#kernel/import/import-report';
import { stopImports } from '#kernel/import/start-import';
import { formatMoney } from '#kernel/money';
import { addCustomerAddress, addressesOf } from './addresses';
import { resolvers as cards } from './cards/resolvers';
import { resolvers as consents } from './consents/resolvers';
import { resolvers as credit } from './credit/resolvers';
import { availableCredit, listCreditEntries, recordCreditPayment } from './credit';
import { createCustomer, customersByIds, requireCustomer, updateCustomer } from './customers';
import {
  bulkCreateCustomers,
  bulkUpdateCustomers,
  cancelCustomerImport,
  customerImport,
  listCustomerImportErrors,
  listCustomerImports,
} from './import/customer-imports';
import { duplicatesOf, listDuplicates } from './duplicates';
import { resolvers as groups } from './groups/resolvers';
import { CUSTOMERS_RETENTION } from './retention';
import { resolvers as segments } from './segments/resolvers';
import { listCustomers, searchCustomers } from './customers.queries';
import { type Resolvers } from './types.generated';

const customers: Resolvers = {
  Query: {
    customers: (_, filter, ctx) => listCustomers(ctx, filter),
    customer: (_, { id }, ctx) => requireCustomer(ctx.db, id),
    customerDuplicates: (_, page, ctx) => listDuplicates(ctx, page),
    searchCustomers: (_, { search, size }, ctx) => searchCustomers(ctx, search, size ?? undefined),
    customerCredit: (_, { customerId }, ctx) => requireCustomer(ctx.db, customerId),
    customerCreditEntries: async (_, { customerId, ...page }, ctx) =>
      listCreditEntries(ctx.db, (await requireCustomer(ctx.db, customerId)).id, page),
    customerImport: (_, { id }, ctx) => customerImport(ctx, id),
    customerImports: (_, filter, ctx) => listCustomerImports(ctx, filter),
    customerImportErrors: (_, { importId, ...paging }, ctx) =>
      listCustomerImportErrors(ctx, importId, paging),
  },
  Mutation: {
    createCustomer: (_, { input }, ctx) => createCustomer(ctx, input),
    updateCustomer: (_, { id, input }, ctx) => updateCustomer(ctx, id, input),
    addCustomerAddress: (_, { customerId, input }, ctx) => addCustomerAddress(ctx, customerId, input),
    recordCreditPayment: (_, { customerId, input }, ctx) => recordCreditPayment(ctx, customerId, input),
    bulkCreateCustomers: (_, { input }, ctx) => bulkCreateCustomers(ctx, input),
    bulkUpdateCustomers: (_, { input }, ctx) => bulkUpdateCustomers(ctx, input),
    cancelCustomerImport: (_, { id }, ctx) => cancelCustomerImport(ctx, id),
  },
  Customer: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'customers.customer', (ids) => customersByIds(ctx.db, ids)).load(id)) ?? null,
    addresses: async ({ id }, _, ctx) =>
      (await loader(ctx, 'customers.addresses', (ids) => addressesOf(ctx, ids)).load(id)) ?? [],
    duplicates: (customer, _, ctx) => duplicatesOf(ctx, customer),
  },
  CustomerCredit: {
    customerId: ({ id }) => id,
    balance: ({ creditBalance, currency }) => formatMoney(creditBalance, currency),
    limit: ({ creditLimit, currency }) => formatMoney(creditLimit, currency),
    available: (customer) => formatMoney(availableCredit(customer), customer.currency),
    entries: ({ id }, page, ctx) => listCreditEntries(ctx.db, id, page),
  },
  ImportJob: importJobFields,
  ImportError: importErrorFields,
};

export const subgraph = defineSubgraph(__dirname, {
  retention: CUSTOMERS_RETENTION,
  sharedTypes: [IMPORT_SCHEMA],
  resolvers: mergeResolvers([customers, cards, consents, credit, groups, segments]),
  start: () => Promise.resolve(stopImports),
});
