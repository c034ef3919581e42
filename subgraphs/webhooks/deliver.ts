/** One attempt to deliver one event. */
import { request, type Agent } from 'undici';
import { version } from '../../package.json';
import type { RequestContext } from '#kernel/context';
import type { DeliveryRow } from './deliveries';
import { activeSecrets } from './endpoints';
import { signatureHeader } from '#kernel/webhook-signature.rules';
import type { WebhookEndpointRow } from './tables.generated';
import { PrivateTargetError } from './target-guard';
import { snakeKeys } from '#kernel/casing';

/** A delivery that is due, with the data of its endpoint. */
export type DueDelivery = DeliveryRow &
  Pick<WebhookEndpointRow, 'url' | 'secret' | 'previousSecret' | 'previousUntil'>;

export interface Outcome {
  readonly delivered: boolean;
  /** The HTTP status of the answer; undefined if there was none. */
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly durationMs: number;
}

/** An endpoint that takes longer should answer first and work afterwards. */
const TIMEOUT_MS = 10_000;
/** Maximum bytes of an answer that are read before the connection is closed. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** The body that is sent and signed; the same text at every attempt. */
function bodyOf(due: DueDelivery): string {
  const { eventId, type, cursor, organizationId, branchId, key, at, payload } = due;
  return JSON.stringify({
    id: eventId,
    type,
    cursor,
    organization_id: organizationId,
    branch_id: branchId,
    key,
    at: at.toISOString(),
    data: snakeKeys(payload),
  });
}

/** Sends a delivery once. Redirects are not followed: an answer of 3xx is a failure. The promise never rejects. */
export async function attemptDelivery(
  ctx: Pick<RequestContext, 'config' | 'clock'>,
  agent: Agent,
  due: DueDelivery,
  stopping: AbortSignal,
): Promise<Outcome> {
  const startMs = performance.now();
  const outcome = (status: number | undefined, error: string | undefined): Outcome => ({
    delivered: error === undefined,
    status,
    error,
    durationMs: Math.round(performance.now() - startMs),
  });
  const now = ctx.clock.now();
  const secrets = activeSecrets(ctx, { ...due, id: due.endpointId }, now);
  if (secrets.length === 0)
    return outcome(undefined, 'The signing secret cannot be read any more. Rotate it.');
  const body = bodyOf(due);
  try {
    const { statusCode, body: answer } = await request(due.url, {
      method: 'POST',
      dispatcher: agent,
      signal: AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': `PosPro-Webhooks/${version}`,
        'pospro-event': due.type,
        'pospro-delivery': due.id,
        'pospro-attempt': String(due.attempts),
        'pospro-signature': signatureHeader(body, secrets, now),
      },
      body,
    });
    await answer.dump({ limit: MAX_ANSWER_BYTES });
    const success = statusCode >= 200 && statusCode < 300;
    return outcome(statusCode, success ? undefined : `The answer was ${statusCode}.`);
  } catch (error) {
    return outcome(undefined, reasonOf(error));
  }
}

/** The error in the list of deliveries, for integrators. */
function reasonOf(error: unknown): string {
  if (error instanceof PrivateTargetError) return error.message;
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name === 'TimeoutError') return `No answer within ${TIMEOUT_MS / 1000} seconds.`;
  return (code ?? message ?? 'The connection failed.').slice(0, 300);
}
