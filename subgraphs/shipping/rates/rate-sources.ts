/** The providers of rates. */
import type { RequestContext } from '#kernel/context';
import { ZERO } from '#kernel/decimal';
import { flatRates } from '#subgraphs/orders/index';
import type { ShippingProvider } from '../types.generated';
import { allZones } from '../zones/shipping-zones';
import { enabledRates } from './table-rates';

/** The providers with their services. Without zones, the flat rate of the web shop is offered. */
export async function shippingProviders({ db }: Pick<RequestContext, 'db'>): Promise<ShippingProvider[]> {
  if ((await allZones(db)).length === 0) {
    const { rates } = await flatRates(db, { address: null, items: [], subtotal: ZERO });
    const services = rates.map(({ code, name }) => ({ code, name }));
    return [{ code: 'flat', name: 'Flat rate', kind: 'flat', enabled: true, services }];
  }
  const services = new Map((await enabledRates(db)).map(({ code, name }) => [code, name]));
  return [
    {
      ...{ code: 'table', name: 'Own rates', kind: 'table', enabled: services.size > 0 },
      services: [...services].map(([code, name]) => ({ code, name })),
    },
  ];
}
