/** What other domains may call of `pos`: selling at the till. */
export { checkout } from './sale/checkout';
export { bookOfflineSales } from './offline/offline-sales';
export { parkBasket, type ParkInput } from './parked-sales/parked-sales';
export { type CheckoutInput, type ItemInput, type PaymentInput } from './sale/input';
export { returnItems, type ReturnInput } from './returns/unreceipted-returns';
