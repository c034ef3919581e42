/** What other domains may call of `pos`: selling at the till. */
export { checkout } from './sale/checkout';
export { bookOfflineSales } from './offline/offline-sales';
export { parkBasket } from './parked-sales/parked-sales';
export type {
  CheckoutInput,
  CheckoutItemInput,
  CheckoutPaymentInput,
  ParkBasketInput,
  ReturnItemsInput,
} from './inputs.generated';
export { returnItems } from './returns/unreceipted-returns';
export { POS_EVENTS } from './events';
