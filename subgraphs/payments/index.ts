/** Payments for other domains: recording and reading payments, payments through providers, and the accepted payment methods. */
export type { Tender } from './model';
export { paymentsByIds, paymentsOfOrders, recordPayments, refundableAmount } from './payments';
export { correctPayment, correctionOf, isCorrection } from './payment-corrections';
export {
  PAYMENT_METHOD_CHANGED,
  acceptanceErrors,
  assertTendersAccepted,
  paymentMethods,
  tenderErrors,
} from './payment-methods';
export { PAYMENT_METHODS, cashStepOf, limitErrors, type PaymentMethod } from './payment-methods.rules';
export { PAYMENT_EVENTS } from './events';
export { insertGiftCard, postGiftCard, withCode, type GiftCard } from './gift-cards/gift-card-ledger';
export { UNUSABLE_MESSAGES, unusableCode, type UnusableCode } from './gift-cards/gift-card-state.rules';
export {
  giftCardsByCodes,
  giftCardsOfOrders,
  giftCardsOfPayments,
  lockGiftCardsOfLines,
} from './gift-cards/gift-cards.queries';
export { adjustGiftCard, disableGiftCard } from './gift-cards/gift-cards';
export { grantStoreCredit, restoreStoreCredit, spendStoreCredit } from './store-credit/store-credit-ledger';
export { storeCreditBalance } from './store-credit/store-credit.queries';
export { paymentWork } from './payment-work';
export {
  declinedError,
  insertIntent,
  isRejected,
  requireIntent,
  type IntentTerms,
} from './intents/payment-intents';
export {
  LEASE_MS,
  insertAttempt,
  isBeingAsked,
  providerTask,
  reserveCommand,
  type ProviderTask,
} from './intents/payment-attempts';
export {
  abandonPaymentsOfOrder,
  capturePaymentsOfOrder,
  nextActionsOfOrders,
  undecidedAmount,
} from './intents/order-intents';
export { askProvider } from './intents/ask-provider';
export {
  abandonPayment,
  abandonUnclaimed,
  settleAttempt,
  settleEvent,
  type SettledPayment,
} from './intents/settle-attempt';
export {
  cardProvider,
  isSandboxAvailable,
  providerAccount,
  providerOf,
  shownProviderSettings,
  updateProviderSettings,
} from './providers/provider-settings';
export type {
  PaymentProvider,
  ProviderAnswer,
  ProviderEvent,
  ProviderName,
  ReceivedWebhook,
} from './providers/provider';
export type { PaymentAttemptRow, PaymentIntentRow, PaymentRow } from './tables.generated';
export {
  claimSandboxEvents,
  finishSandboxEvent,
  type SandboxDelivery,
} from './providers/sandbox/sandbox-events';
export { importSettlement } from './settlements/settlement-imports';
export { paymentsPart } from './payments-of-customers';
export { PAYMENT_RECORDS } from './payment-records';
export { payments } from './tables.generated';
