/** What other domains may call of `customers`. */
export {
  customerById,
  customersByIds,
  insertCustomers,
  type CustomerRow,
  type NewCustomer,
} from './customers';
export { postCredit, type CreditPosting } from './credit';
export { bulkUpdateCustomers } from './import/customer-imports';
