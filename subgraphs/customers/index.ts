/** Everything that other domains may call: customers and their accounts. */
export {
  customerByEmail,
  customerById,
  customersByIds,
  ofCustomer,
  presentId,
  requireCustomer,
  type CustomerRow,
} from './customers';
export { insertCustomers, type NewCustomer } from './write-customers';
export { addCustomerCard } from './cards/customer-cards';
export { recordConsent } from './consents/consents';
export { createCustomerGroup, groupsByIds } from './groups/customer-groups';
export { setCustomerGroups } from './groups/group-members';
export { createCustomerSegment, segmentsByIds } from './segments/customer-segments';
export { audienceOf, type Audience } from './segments/segment-members';
export { postCredit, type CreditPosting } from './credit';
export { bulkUpdateCustomers } from './import/customer-imports';
export { addressErrors, normalizeAddress, phoneErrors } from './customer-input.rules';
export { CUSTOMER_EVENTS } from './events';
export { e164 } from './phone-numbers.rules';
export { readPhone } from './search-keys.rules';
export { eraseCustomer } from './erase-customer';
export { mergeCustomerRecords } from './merge/merge-customer-records';
export type { CustomerMerge, CustomerPart } from './customer-part';
export { CUSTOMER_RECORDS, byCustomerId, type CustomerRecords } from './export/customer-records';
