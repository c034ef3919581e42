/** The sandbox: a carrier without an outside, deterministic. Default where nothing is configured. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Config } from '#kernel/config';
import type { Services } from '#kernel/context';
import type { ReceivedWebhook } from '#subgraphs/payments/index';
import type {
  Carrier,
  CarrierAnswer,
  CarrierRate,
  LabelRequest,
  PreparedLabel,
  RateRequest,
  TrackingReport,
} from '../carrier';
import {
  SANDBOX_CARRIER,
  SANDBOX_CURRENCY,
  SANDBOX_SERVICES,
  sandboxJourney,
  sandboxNumber,
  sandboxPrice,
  sandboxService,
} from './sandbox-label.rules';

export const SANDBOX_SIGNATURE = 'sandbox-signature';

export function sandboxCarrier({ config, clock }: Services): Carrier {
  return {
    rates: (_, request) => Promise.resolve(sandboxRates(request)),
    prepare: (_, request) => {
      const service = sandboxService(request);
      return Promise.resolve(
        'name' in service
          ? done<PreparedLabel>({ reference: `sbs_${request.labelId}`, rate: service.code })
          : { kind: 'rejected', ...service },
      );
    },
    buy: (_, request, { rate }) => buyLabel(request, rate, clock.now()),
    void: () => Promise.resolve(done(null)),
    track: (_, { trackingNumber, boughtAt }) =>
      Promise.resolve(
        done({ trackingNumber, events: sandboxJourney(boughtAt, clock.now()), estimatedOn: null }),
      ),
    peek: (body) => readBody(body)?.trackingNumber,
    readWebhook: (_, { headers, body }) =>
      isSandboxSignature(config, body, headers[SANDBOX_SIGNATURE]) ? readBody(body) : undefined,
  };
}

const done = <Value>(value: Value): CarrierAnswer<Value> => ({ kind: 'done', value });

function sandboxRates(request: RateRequest): CarrierAnswer<readonly CarrierRate[]> {
  const service = sandboxService({ ...request, service: null });
  if (!('name' in service)) return { kind: 'rejected', ...service };
  return done(
    SANDBOX_SERVICES.map((one) => ({
      ...{ code: one.code, name: one.name, days: one.days, currency: SANDBOX_CURRENCY },
      amount: sandboxPrice(one, request.weight),
    })),
  );
}

async function buyLabel(request: LabelRequest, rate: string, now: Date): ReturnType<Carrier['buy']> {
  const service = sandboxService({ ...request, service: rate });
  if (!('name' in service)) return { kind: 'rejected', ...service };
  const trackingNumber = sandboxNumber(request.labelId);
  // The writer of PDFs brings its fonts along, so it is loaded with the first document.
  const { labelPdf } = await import('#subgraphs/shipping/providers/sandbox/label-pdf');
  const day = new Date(now.getTime() + service.days * 24 * 3_600_000).toISOString().slice(0, 10);
  return done({
    carrier: SANDBOX_CARRIER,
    service: service.code,
    trackingNumber,
    amount: sandboxPrice(service, request.weight),
    currency: SANDBOX_CURRENCY,
    document: await labelPdf(request, { service: service.name, trackingNumber, createdAt: now }),
    estimatedOn: day,
  });
}

// --- Webhooks ---

const BODY = z.object({
  trackingNumber: z.string(),
  estimatedOn: z.iso.date().nullish(),
  events: z.array(
    z.object({
      status: z.enum(['pre_transit', 'in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned']),
      at: z.iso.datetime({ offset: true }),
      place: z.string().nullish(),
      message: z.string().nullish(),
    }),
  ),
});

/** Undefined for a body that is not the sandbox's. */
function readBody(body: Buffer): TrackingReport | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON, so not from the sandbox.
    return undefined;
  }
  const { data } = BODY.safeParse(json);
  return (
    data && {
      trackingNumber: data.trackingNumber,
      estimatedOn: data.estimatedOn ?? null,
      events: data.events.map(({ status, at, place = null, message = null }) => ({
        ...{ status, at: new Date(at), place, message },
      })),
    }
  );
}

/** The header that proves the origin of a webhook: HMAC-SHA256 over the body, in hex. */
export function sandboxSignature(config: Pick<Config, 'jwtSecret'>, body: string | Buffer): string {
  return createHmac('sha256', `shipping sandbox:${config.jwtSecret}`).update(body).digest('hex');
}

/** Compares in constant time. */
function isSandboxSignature(
  config: Pick<Config, 'jwtSecret'>,
  body: Buffer,
  header: ReceivedWebhook['headers'][string],
): boolean {
  const expected = Buffer.from(sandboxSignature(config, body));
  const given = Buffer.from(String(header));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
