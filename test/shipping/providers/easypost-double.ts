/**
 * EasyPost over HTTP, as far as PosPro uses it: shipments with rates, purchases, refunds, trackers, and the PDFs of labels. A second purchase
 * of a shipment is rejected, as at EasyPost. Written after https://docs.easypost.com/docs/shipments.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface DoubleShipment {
  id: string;
  object: 'Shipment';
  reference: string;
  rates: {
    id: string;
    object: 'Rate';
    carrier: string;
    service: string;
    rate: string;
    currency: string;
    delivery_days: number;
  }[];
  messages: { carrier: string; message: string }[];
  selected_rate: object | null;
  postage_label: object | null;
  tracking_code: string | null;
  tracker: object | null;
  refund_status: string | null;
}

/** A request as it arrived. */
export interface DoubleRequest {
  method: string;
  path: string;
  body: {
    shipment?: {
      parcel: { weight: number };
      to_address: Record<string, string>;
      from_address: Record<string, string>;
    };
    rate?: { id: string };
  };
}

export interface EasypostDouble {
  readonly url: string;
  readonly requests: DoubleRequest[];
  readonly shipments: Map<string, DoubleShipment>;
  /** Awaited after each request was carried out, and before its answer; a test replaces it to lose an answer by throwing. */
  beforeAnswer: (request: DoubleRequest) => Promise<void> | void;
  /** The purchases that were carried out. */
  purchases(): number;
  close(): Promise<void>;
}

type Answer = readonly [status: number, body: object];

const failed = (status: number, code: string, message: string, errors: object[] = []): Answer => [
  status,
  { error: { code, message, errors } },
];

export async function startEasypostDouble(): Promise<EasypostDouble> {
  const shipments = new Map<string, DoubleShipment>();
  const requests: DoubleRequest[] = [];
  let purchases = 0;
  let url = '';

  function create({ shipment }: DoubleRequest['body']): Answer {
    const {
      to_address: to,
      parcel,
      reference,
    } = shipment as DoubleRequest['body']['shipment'] & { reference: string };
    if (to.zip === '99999')
      return failed(422, 'SHIPMENT.INVALID_PARAMS', 'Unable to create shipment', [
        { field: 'to_address.zip', message: 'invalid postal code' },
      ]);
    const id = `shp_${shipments.size + 1}`;
    const rate = (service: string, price: string, days: number) => ({
      ...{ id: `rate_${id}_${service}`, object: 'Rate' as const, carrier: 'USPS', service, rate: price },
      ...{ currency: 'USD', delivery_days: days },
    });
    const isHeavy = parcel.weight > 1120;
    const made: DoubleShipment = {
      ...{ id, object: 'Shipment', reference },
      rates: isHeavy ? [] : [rate('Priority', '7.90', 2), rate('GroundAdvantage', '4.75', 5)],
      messages: isHeavy ? [{ carrier: 'USPS', message: 'Package weight exceeds 70 lb.' }] : [],
      ...{
        selected_rate: null,
        postage_label: null,
        tracking_code: null,
        tracker: null,
        refund_status: null,
      },
    };
    shipments.set(id, made);
    return [201, made];
  }

  function buy(shipment: DoubleShipment, rateId: string): Answer {
    if (shipment.postage_label)
      return failed(422, 'SHIPMENT.POSTAGE.EXISTS', 'Postage already exists for this shipment.');
    purchases += 1;
    const code = `9400${shipment.id.slice(4).padStart(18, '0')}`;
    shipment.selected_rate = shipment.rates.find(({ id }) => id === rateId)!;
    shipment.postage_label = { object: 'PostageLabel', label_url: `${url}/labels/${shipment.id}.pdf` };
    shipment.tracking_code = code;
    shipment.tracker = trackerOf(code);
    return [200, shipment];
  }

  function answerTo({ method, path, body }: DoubleRequest, authorization: string | undefined): Answer {
    if (authorization !== `Basic ${Buffer.from('EZTK_double:').toString('base64')}`)
      return failed(401, 'APIKEY.INACTIVE', 'This api key is no longer active.');
    const [, , id, verb] = path.split('/') as (string | undefined)[];
    if (id === undefined) return create(body);
    const shipment = shipments.get(id);
    if (!shipment) return failed(404, 'NOT_FOUND', 'The requested resource could not be found.');
    if (method === 'GET') return [200, shipment];
    if (verb === 'buy') return buy(shipment, body.rate!.id);
    shipment.refund_status = 'submitted';
    return [200, shipment];
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming;
    const sent = await text(incoming);
    if (path.startsWith('/labels/')) {
      outgoing.writeHead(200, { 'content-type': 'application/pdf' }).end(`%PDF-1.4 ${path}`);
      return;
    }
    const request = { method, path, body: (sent ? JSON.parse(sent) : {}) as DoubleRequest['body'] };
    requests.push(request);
    const [status, body] = answerTo(request, headers.authorization);
    try {
      await double.beforeAnswer(request);
    } catch {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const double: EasypostDouble = {
    ...{ url, requests, shipments, beforeAnswer: () => undefined, purchases: () => purchases },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return double;
}

/** The tracker of a number. */
export function trackerOf(trackingCode: string, details: readonly object[] = []): object {
  return {
    ...{ id: 'trk_1', object: 'Tracker', tracking_code: trackingCode, status: 'unknown' },
    est_delivery_date: '2026-03-04T12:00:00Z',
    tracking_details: details,
  };
}
