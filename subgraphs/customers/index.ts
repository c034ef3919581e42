/** Everything that other domains may call: customers and their accounts. */
export {
  customerById,
  customersByIds,
  insertCustomers,
  type CustomerRow,
  type NewCustomer,
} from './customers';
export { postCredit, type CreditPosting } from './credit';
export { bulkUpdateCustomers } from './import/customer-imports';
export { CUSTOMER_EVENTS } from './events';
