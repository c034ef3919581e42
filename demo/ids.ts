/**
 * The ids of the demo shop. They never change, so that the examples in the OpenAPI document work against every
 * demo shop. They have the form of a UUIDv7 of July 2024; the fourth group of digits names the kind, the last
 * one counts from 1.
 */
const KINDS = {
  organization: '00',
  branch: '01',
  user: '02',
  role: '03',
  category: '04',
  brand: '05',
  taxClass: '06',
  product: '07',
  variant: '08',
  warehouse: '09',
  register: '0a',
  customer: '0b',
  order: '0c',
  session: '0d',
  payment: '0e',
  campaign: '0f',
  vendor: '10',
  ticket: '11',
  shipment: '12',
  import: '13',
  priceList: '14',
  barcodeRule: '15',
  unit: '16',
  productImage: '17',
  taxRate: '18',
  offlineConflict: '1b',
  heldSale: '1c',
  registerDevice: '1d',
  webhook: '1e',
  webhookDelivery: '1f',
  apiKey: '40',
  giftCard: '28',
  loyaltyTier: '21',
  cart: '41',
  cartItem: '42',
  paymentIntent: '26',
  customerCard: '31',
  customerGroup: '32',
  customerSegment: '33',
  ticketQueue: '34',
  slaPolicy: '35',
  holiday: '36',
  cannedAnswer: '61',
  settlement: '37',
  commissionRule: '38',
  vendorPayout: '56',
  vendorPayoutRun: '57',
  taxPeriod: '60',
  shippingZone: '54',
  shippingRate: '55',
  exchangeRate: '50',
  language: '51',
  translation: '52',
  backup: '77',
} as const;

export type DemoKind = keyof typeof KINDS;

/** The kinds of demo ids, with their functions: `demoId.branch(2)`. */
export const demoId = Object.fromEntries(
  Object.entries(KINDS).map(([kind, code]) => [kind, (number: number) => demoIdOf(code, number)]),
) as Readonly<Record<DemoKind, (number: number) => string>>;

/**
 * The demo id of a kind that has no name above.
 *
 * @param code two hexadecimal digits.
 * @example
 * demoIdOf('01', 2); // '0190a000-0001-7000-8000-000000000002'
 */
export function demoIdOf(code: string, number: number): string {
  return `0190a000-00${code}-7000-8000-${String(number).padStart(12, '0')}`;
}
