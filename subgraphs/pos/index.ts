/** What other domains may call of `pos`: selling at the till. */
export { checkout } from './checkout';
export { bookOfflineSales } from './offline';
export { parkBasket, type ParkInput } from './baskets';
export { type CheckoutInput, type ItemInput, type PaymentInput } from './input';
export { returnItems, type ReturnInput } from './returns';
