/** Functions of `pos` for other domains: selling, returns, offline sales and parked sales. */
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
