/** What other domains may call of `payments`. */
export {
  paymentsByIds,
  paymentsOfOrders,
  recordPayments,
  refundable,
  type PaymentRow,
  type PaymentStatus,
  type RecordPaymentsInput,
  type Tender,
} from './payments';
export { checkTenders, paymentMethods, tenderFaults } from './methods';
export { PAYMENT_METHODS, isPaymentMethod, type PaymentMethodKind, type PaymentMethodTerms } from './kinds';
