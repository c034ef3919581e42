/** Payments for other domains: recording and reading payments, and the accepted payment methods. */
export {
  paymentsByIds,
  paymentsOfOrders,
  paymentTotals,
  recordPayments,
  refundableAmount,
  type PaymentRow,
  type PaymentTotal,
  type Tender,
} from './payments';
export { assertTendersAccepted, paymentMethods, tenderErrors } from './payment-methods';
export { PAYMENT_METHODS, type PaymentMethod } from './payment-methods.rules';
