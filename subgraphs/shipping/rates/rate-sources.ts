/** The providers of rates, and the carrier that sells labels. */
import type { RequestContext } from '#kernel/context';
import { ZERO } from '#kernel/decimal';
import { flatRates } from '#subgraphs/orders/index';
import { carrierSettings } from '../providers/carrier-settings';
import { SANDBOX_SERVICES } from '../providers/sandbox/sandbox-label.rules';
import type { ShippingProvider } from '../types.generated';
import { allZones } from '../zones/shipping-zones';
import { enabledRates } from './table-rates';

type Reader = Pick<RequestContext, 'db' | 'config'>;

/** The providers with their services. Without zones, the flat rate of the web shop is offered. */
export async function shippingProviders(ctx: Reader): Promise<ShippingProvider[]> {
  return [await rateProvider(ctx), ...(await labelProviders(ctx))];
}

async function rateProvider({ db }: Reader): Promise<ShippingProvider> {
  if ((await allZones(db)).length === 0) {
    const { rates } = await flatRates(db, { address: null, freeShippingValue: ZERO });
    const services = rates.map(({ code, name }) => ({ code, name }));
    return { code: 'flat', name: 'Flat rate', kind: 'flat', enabled: true, services };
  }
  const services = new Map((await enabledRates(db)).map(({ code, name }) => [code, name]));
  return {
    ...{ code: 'table', name: 'Own rates', kind: 'table', enabled: services.size > 0 },
    services: [...services].map(([code, name]) => ({ code, name })),
  };
}

/** The carrier of the organization. The services of EasyPost depend on the parcel. */
async function labelProviders({ db, config }: Reader): Promise<ShippingProvider[]> {
  const { carrier } = await carrierSettings(db, config);
  if (carrier === 'manual') return [];
  if (carrier === 'easypost')
    return [{ code: carrier, name: 'EasyPost', kind: 'carrier', enabled: true, services: [] }];
  const services = SANDBOX_SERVICES.map(({ code, name }) => ({ code, name }));
  return [{ code: carrier, name: 'Sandbox', kind: 'sandbox', enabled: true, services }];
}
