/** What other domains may call of `payments`. */
export {
  paymentsByIds,
  paymentsOfOrders,
  paymentTotals,
  recordPayments,
  refundable,
  type PaymentRow,
  type PaymentStatus,
  type PaymentTotal,
  type OrderPayments,
  type Tender,
} from './payments';
export { checkTenders, paymentMethods, tenderFaults } from './payment-methods';
export { PAYMENT_METHODS, type PaymentMethodKind, type PaymentMethodTerms } from './payment-methods.rules';
