/** EasyPost, through its own SDK: the carriers of an account there, whose labels are bought as PDFs, and signed webhooks. */
import EasyPost, { type Shipment } from '@easypost/api';
import type { Config } from '#kernel/config';
import type { Services } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import type { Carrier, CarrierAccount, CarrierAnswer } from '../carrier';
import { downloadPdf } from './download-pdf';
import {
  chosenRate,
  easypostShipment,
  fieldOf,
  offeredRates,
  toReport,
  type EasypostTracker,
} from './easypost-shipments.rules';

const TIMEOUT_MS = 20_000;

type Client = InstanceType<typeof EasyPost>;

export function easypostCarrier({ config }: Services): Carrier {
  const client = (account: CarrierAccount) => clientFor(config, account);
  return {
    rates: (account, request) =>
      answer(async () => offeredRates(await client(account).Shipment.create(easypostShipment(request)))),
    prepare: (account, request) =>
      answer(async () =>
        chosenRate(await client(account).Shipment.create(easypostShipment(request)), request.service),
      ),
    buy: (account, _, { reference, rate }) =>
      answer(async () => bought(config, await boughtShipment(client(account), reference, rate))),
    void: (account, { reference }) => answer(() => refund(client(account), reference)),
    track: (account, { reference }) =>
      answer(async () => {
        const { tracker } = await client(account).Shipment.retrieve(reference);
        return { kind: 'done', value: toReport(tracker) };
      }),
    peek: (body) => trackerIn(body)?.tracking_code,
    readWebhook: (account, { headers, body }) => {
      const { webhookSecret } = account;
      if (webhookSecret === undefined || !isSigned(body, headers, webhookSecret)) return undefined;
      const tracker = trackerIn(body);
      return tracker && toReport(tracker);
    },
  };
}

function clientFor({ shipping }: Pick<Config, 'shipping'>, { apiKey }: CarrierAccount): Client {
  const { easypostApiUrl: url } = shipping;
  return new EasyPost(apiKey ?? 'none', {
    timeout: TIMEOUT_MS,
    ...(url && { baseUrl: withSlash(url.href) }),
  });
}

const withSlash = (url: string) => (url.endsWith('/') ? url : `${url}/`);

/** Buys the label of a shipment. One that was bought before, by a request whose answer was lost, is read. */
async function boughtShipment(client: Client, reference: string, rate: string): Promise<Shipment> {
  try {
    return await client.Shipment.buy(reference, rate);
  } catch (error) {
    if (apiErrorOf(error)?.code !== 'SHIPMENT.POSTAGE.EXISTS') throw error;
    return client.Shipment.retrieve(reference);
  }
}

async function bought(config: Pick<Config, 'shipping'>, shipment: Shipment): ReturnType<Carrier['buy']> {
  const { selected_rate: rate, tracking_code: trackingNumber, postage_label: label, tracker } = shipment;
  const document = await downloadPdf(label.label_pdf_url || label.label_url, config.shipping.easypostApiUrl);
  return {
    kind: 'done',
    value: {
      ...{ carrier: rate.carrier, service: rate.service, trackingNumber, document },
      ...{ amount: new Decimal(rate.rate), currency: rate.currency },
      estimatedOn: (tracker as EasypostTracker | null)?.est_delivery_date?.slice(0, 10) ?? null,
    },
  };
}

/** A refund that was asked for counts: until then the carrier may still use the label, but PosPro has given it up. */
async function refund(client: Client, reference: string): Promise<CarrierAnswer<null>> {
  const before = await client.Shipment.retrieve(reference);
  const { refund_status: status } = isRefunded(before) ? before : await client.Shipment.refund(reference);
  if (isRefunded({ refund_status: status })) return { kind: 'done', value: null };
  return { kind: 'rejected', code: 'refund_rejected', message: 'The carrier did not refund the label.' };
}

const isRefunded = ({ refund_status: status }: { refund_status: string | null }) =>
  status === 'submitted' || status === 'refunded';

// --- Answers ---

interface ApiErrorDetail {
  readonly field?: string | undefined;
  readonly message?: string | undefined;
}

/** An error that EasyPost's API answered. */
interface ApiError {
  readonly statusCode: number;
  readonly code?: string;
  readonly message: string;
  readonly errors?: readonly (string | ApiErrorDetail)[];
}

/** Undefined for errors on the way, which have no status. */
function apiErrorOf(error: unknown): ApiError | undefined {
  const { statusCode } = error as Partial<ApiError>;
  return typeof statusCode === 'number' ? (error as ApiError) : undefined;
}

/** A final error of EasyPost is a rejection; after any other, the result is unknown. */
async function answer<Value>(request: () => Promise<CarrierAnswer<Value>>): Promise<CarrierAnswer<Value>> {
  try {
    return await request();
  } catch (error) {
    const apiError = apiErrorOf(error);
    const { statusCode } = apiError ?? { statusCode: 0 };
    const isFinal = statusCode >= 400 && statusCode < 500 && ![408, 409, 429].includes(statusCode);
    return apiError && isFinal ? rejection(apiError) : { kind: 'unknown', message: String(error) };
  }
}

function rejection({
  statusCode,
  code = 'rejected',
  message,
  errors = [],
}: ApiError): Extract<CarrierAnswer<never>, { kind: 'rejected' }> {
  if (statusCode === 401 || statusCode === 403)
    return {
      kind: 'rejected',
      code: 'account_rejected',
      message: 'EasyPost rejected the API key of the account.',
    };
  const [first] = errors;
  const detail = typeof first === 'object' ? first : { message: first };
  const field = fieldOf(detail.field ?? '');
  return {
    kind: 'rejected',
    code,
    message: detail.message ?? message,
    ...(field !== undefined && { field }),
  };
}

// --- Webhooks ---

/** The tracker of an event; undefined for other events. */
function trackerIn(body: Buffer): EasypostTracker | undefined {
  try {
    const event = JSON.parse(body.toString('utf8')) as {
      result?: { object?: string } & EasypostTracker;
    } | null;
    const { result } = event ?? {};
    return result?.object === 'Tracker' && typeof result.tracking_code === 'string' ? result : undefined;
  } catch {
    // Not JSON, so not from EasyPost.
    return undefined;
  }
}

function isSigned(body: Buffer, headers: object, secret: string): boolean {
  try {
    new EasyPost('none').Utils.validateWebhook(body, headers, secret);
    return true;
  } catch {
    // Its only error is that of a signature; its class is not exported.
    return false;
  }
}
