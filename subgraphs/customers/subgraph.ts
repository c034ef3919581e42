/** Customers in the graph. */
import { loader } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { IMPORT_SCHEMA, importJobFields } from '#kernel/import/import-report';
import { stopImports } from '#kernel/import/start-import';
import { formatMoney } from '#kernel/money';
import { addCustomerAddress, addressesOf } from './addresses';
import { availableCredit, listCreditEntries, recordCreditPayment } from './credit';
import { createCustomer, customersByIds, deleteCustomer, requireCustomer, updateCustomer } from './customers';
import {
  bulkCreateCustomers,
  bulkUpdateCustomers,
  cancelCustomerImport,
  customerImport,
  listCustomerImportErrors,
  listCustomerImports,
} from './import/customer-imports';
import { listCustomers, searchCustomers } from './customers.queries';
import { type Resolvers } from './types.generated';

const resolvers: Resolvers = {
  Query: {
    customers: (_, filter, ctx) => listCustomers(ctx, filter),
    customer: (_, { id }, ctx) => requireCustomer(ctx.db, id),
    searchCustomers: (_, { q, limit }, ctx) => searchCustomers(ctx, q, limit ?? undefined),
    customerCredit: (_, { id }, ctx) => requireCustomer(ctx.db, id),
    customerCreditEntries: async (_, { id, ...page }, ctx) =>
      listCreditEntries(ctx.db, (await requireCustomer(ctx.db, id)).id, page),
    customerImport: (_, { id }, ctx) => customerImport(ctx, id),
    customerImports: (_, filter, ctx) => listCustomerImports(ctx, filter),
    customerImportErrors: (_, { id, ...paging }, ctx) => listCustomerImportErrors(ctx, id, paging),
  },
  Mutation: {
    createCustomer: (_, { input }, ctx) => createCustomer(ctx, input),
    updateCustomer: (_, { id, input }, ctx) => updateCustomer(ctx, id, input),
    deleteCustomer: (_, { id, version }, ctx) => deleteCustomer(ctx, id, version),
    addCustomerAddress: (_, { id, input }, ctx) => addCustomerAddress(ctx, id, input),
    recordCreditPayment: (_, { id, input }, ctx) => recordCreditPayment(ctx, id, input),
    bulkCreateCustomers: (_, { input }, ctx) => bulkCreateCustomers(ctx, input),
    bulkUpdateCustomers: (_, { input }, ctx) => bulkUpdateCustomers(ctx, input),
    cancelCustomerImport: (_, { id }, ctx) => cancelCustomerImport(ctx, id),
  },
  Customer: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'customers.customer', (ids) => customersByIds(ctx.db, ids)).load(id)) ?? null,
    creditLimit: ({ creditLimit, currency }) => formatMoney(creditLimit, currency),
    creditBalance: ({ creditBalance, currency }) => formatMoney(creditBalance, currency),
    addresses: async ({ id }, _, ctx) =>
      (await loader(ctx, 'customers.addresses', (ids) => addressesOf(ctx, ids)).load(id)) ?? [],
  },
  CustomerCredit: {
    customerId: ({ id }) => id,
    balance: ({ creditBalance, currency }) => formatMoney(creditBalance, currency),
    limit: ({ creditLimit, currency }) => formatMoney(creditLimit, currency),
    available: (customer) => formatMoney(availableCredit(customer), customer.currency),
    entries: ({ id }, page, ctx) => listCreditEntries(ctx.db, id, page),
  },
  ImportJob: importJobFields,
  CustomerCreditEntry: {
    user: ({ userId }) => (userId === null ? null : { __typename: 'User', id: userId }),
    amount: ({ amount, currency }) => formatMoney(amount, currency),
    balance: ({ balance, currency }) => formatMoney(balance, currency),
  },
};

export const subgraph = defineSubgraph(__dirname, {
  sharedTypes: [IMPORT_SCHEMA],
  resolvers,
  start: () => Promise.resolve(stopImports),
});
