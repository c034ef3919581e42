/** Lists and searches of a shop with a million orders and a million customers. */
import { MILLION_SIZE } from '../fixture/size';
import { measurePair } from '../measure-pair';
import type { Bench, Row, RowResult } from '../row';
import { bareGet, pick, restGet } from './requests';

/** One client: the target is the duration of a request, not of a queue. */
const CLIENTS = 1;
/** Of each request, at the median. */
const MAXIMUM_MS = 20;
const SIZE = 20;

/** The filters of the list of orders; a day and a period in the middle of the orders. */
function filtersOf({ fixture }: Bench): Record<string, string> {
  const day = fixture.days[10]!;
  return {
    date: `date=${day}`,
    period: `from=${fixture.days[16]}&to=${day}`,
    status: 'status=pending',
    'rare status': 'status=draft',
    channel: 'channel=phone',
    'channel without orders': 'channel=erp',
    customer: `customer_id=${fixture.customerId}`,
    branch: `branch_id=${fixture.branchId}`,
    'branch and date': `branch_id=${fixture.branchId}&date=${day}`,
    cashier: `cashier_id=${fixture.cashierId}`,
    number: 'number=OLD-0500000',
    'external number': 'external_number=WEB-0500004',
    'updated since': `updated_since=${fixture.days[1]}T12:00:00Z`,
  };
}

export const ordersFiltered: Row = {
  name: 'orders-filtered',
  size: MILLION_SIZE,
  async measure(bench) {
    const results: RowResult[] = [];
    for (const [title, query] of Object.entries(filtersOf(bench))) {
      results.push(
        await measurePair(bench, {
          name: `orders-by-${title.replaceAll(' ', '-')}`,
          title: `orders by ${title}`,
          clients: CLIENTS,
          ours: () => restGet(bench, `/orders?size=${SIZE}&${query}`),
          bare: () => bareGet(`/orders-filtered?${query}`),
          targets: [],
        }),
      );
    }
    return results;
  },
};

/** Parts of names, phone numbers, mail addresses and codes: rare ones, and some that a tenth of the customers have. */
const SEARCHES: Readonly<Record<string, readonly string[]>> = {
  'the start of a name': ['ann', 'ackerb', 'kla', 'vogelh', 'an', 'z'],
  'two names': ['anna ackerbach', 'ben vog', 'klein ida', 'zoe w'],
  'the inside of a name': ['cker', 'ogelh', 'nna', 'muller', 'schmid'],
  'a phone number': ['+49 15000', '0150079', '7919', '237', '15011'],
  'a mail address': ['anna.ack', 'ben.bergauer@', 'example', 'ogel41'],
  'a code': ['k00', 'k0500000', '0123', 'K0999'],
};

export const customerSearch: Row = {
  name: 'customers',
  size: MILLION_SIZE,
  async measure(bench) {
    const results: RowResult[] = [];
    for (const [title, texts] of Object.entries(SEARCHES)) {
      const text = (client: number, round: number) => encodeURIComponent(pick(texts, client, round));
      results.push(
        await measurePair(bench, {
          name: `customers-by-${title.replaceAll(' ', '-')}`,
          title: `a till's search for ${title} of a customer`,
          clients: CLIENTS,
          ours: (client, round) => restGet(bench, `/pos/customers/search?q=${text(client, round)}`),
          bare: (client, round) => bareGet(`/customers?text=${text(client, round)}`),
          targets: [{ figure: 'p50Ms', maximum: MAXIMUM_MS }],
        }),
      );
    }
    return results;
  },
};
