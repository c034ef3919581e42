/** The shipping of the demo shop: zones with their rates, and labels of the sandbox. */
import type { Services } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import {
  createShippingRate,
  createShippingZone,
  generateShippingLabel,
  isSandboxAvailable,
  updateShippingCarrier,
} from '#subgraphs/shipping/index';
import { demoId } from './ids';
import { demoContext } from './shop';

/** The things that the examples of the API delete. */
const SPARE = 99;

const ZONES = [
  [1, 'Germany', [{ country: 'DE' }]],
  [2, 'German islands', [{ country: 'DE', postalCodes: ['25845...25849', '26465...26486', '27498'] }]],
  [3, 'European Union', [{ country: 'EU' }]],
  [SPARE, 'Old zone', [{ country: 'LI' }]],
] as const;

interface DemoRate {
  number: number;
  zone: number;
  code: string;
  name: string;
  /** Limits in kilograms, with their prices. */
  bands: readonly (readonly [string, string])[];
  freeFrom?: number;
  days: readonly [number, number];
}

const STANDARD = { code: 'standard', name: 'Standard shipping' };
const RATES: readonly DemoRate[] = [
  {
    ...STANDARD,
    number: 1,
    zone: 1,
    bands: [
      ['10', '4.90'],
      ['31.5', '9.90'],
    ],
    freeFrom: 75,
    days: [2, 3],
  },
  { number: 2, zone: 1, code: 'next-day', name: 'Next day', bands: [['10', '11.90']], days: [1, 1] },
  { ...STANDARD, number: 3, zone: 2, bands: [['31.5', '14.90']], days: [3, 6] },
  {
    ...STANDARD,
    number: 4,
    zone: 3,
    bands: [
      ['5', '12.90'],
      ['20', '24.90'],
    ],
    days: [4, 7],
  },
  { ...STANDARD, number: SPARE, zone: SPARE, bands: [['5', '19.90']], days: [5, 9] },
];

export async function seedShipping(services: Services): Promise<void> {
  const ctx = demoContext(services, 1);
  for (const [number, name, areas] of ZONES)
    await createShippingZone(ctx, { name, areas }, demoId.shippingZone(number));
  for (const { number, zone, bands, freeFrom, days, ...names } of RATES)
    await createShippingRate(
      ctx,
      {
        ...names,
        zoneId: demoId.shippingZone(zone),
        bands: bands.map(([upTo, price]) => ({ upTo: new Decimal(upTo), price: new Decimal(price) })),
        freeFrom: freeFrom === undefined ? null : new Decimal(freeFrom),
        weightStep: new Decimal('0.5'),
        minDays: days[0],
        maxDays: days[1],
      },
      demoId.shippingRate(number),
    );
  const sandbox = isSandboxAvailable(services.config);
  await updateShippingCarrier(ctx, { sender: SENDER, ...(sandbox && { carrier: 'sandbox' as const }) });
  // In production, labels need the account of a carrier.
  if (!sandbox) return;
  await generateShippingLabel(ctx, demoId.shipment(2), { parcels: [{ weight: new Decimal('1.2') }] });
  await generateShippingLabel(ctx, demoId.shipment(3), { parcels: [{ weight: new Decimal('0.9') }] });
}

const SENDER = {
  recipient: 'Demo Shop',
  line1: 'Unter den Linden 1',
  city: 'Berlin',
  postalCode: '10117',
  country: 'DE',
};
