/** The check of requests that PosPro sends to a webhook. By WebCrypto, so it runs in Node, browsers and edge functions. */
import type { PingEvent, WebhookEvent } from './schema-types.ts';

/** Name of the header with the signature, in lower case. */
export const SIGNATURE_HEADER = 'pospro-signature';

/** An older request may be a copy. */
const TOLERANCE_SECONDS = 300;
/** While a secret is replaced there are two. */
const MAX_SIGNATURES = 10;

export interface WebhookRequest {
  /** The body as it was received: parsed and written again it has other bytes. */
  readonly body: string | Uint8Array;
  /** The header `PosPro-Signature`; missing headers are accepted here, and rejected by the check. */
  readonly signature: string | null | undefined;
  /** The webhook's `signing_secret`; several while the receiver replaces it. */
  readonly secret: string | readonly string[];
  /** Optional; defaults to five minutes. Difference of the clocks and age of the request, in seconds. */
  readonly toleranceSeconds?: number;
  /** Optional; defaults to the current time. */
  readonly now?: Date;
}

/** A request that PosPro has not sent, or not lately. Answer it with 401. */
export class WebhookSignatureError extends Error {
  override readonly name = 'WebhookSignatureError';
}

/** Whether a request comes from PosPro, unchanged, and is not an old copy. Signatures are compared in constant time. */
export async function verifyWebhook(request: WebhookRequest): Promise<boolean> {
  const { body, signature, secret, toleranceSeconds = TOLERANCE_SECONDS, now = new Date() } = request;
  const parts = (signature ?? '').split(',');
  const timestamp = valuesOf(parts, 't').find((value) => /^\d{1,12}$/.test(value));
  if (timestamp === undefined) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > toleranceSeconds) return false;
  const signatures = valuesOf(parts, 'v1').filter((value) => /^[0-9a-f]{64}$/.test(value));
  const signed = signedBytes(timestamp, body);
  for (const one of typeof secret === 'string' ? [secret] : secret) {
    const key = await importKey(one);
    for (const hex of signatures.slice(0, MAX_SIGNATURES))
      if (await crypto.subtle.verify('HMAC', key, bytesOf(hex), signed)) return true;
  }
  return false;
}

/**
 * Checks a request and parses its event. An event may come more than once and in any order: a known `id` is the same event.
 * @throws WebhookSignatureError if the check fails; SyntaxError if the body is not JSON.
 */
export async function readWebhook(request: WebhookRequest): Promise<WebhookEvent | PingEvent> {
  if (!(await verifyWebhook(request)))
    throw new WebhookSignatureError('The signature is invalid or too old.');
  const { body } = request;
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  return JSON.parse(text) as WebhookEvent | PingEvent;
}

function valuesOf(parts: readonly string[], name: string): string[] {
  return parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1));
}

function signedBytes(timestamp: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const start = encoder.encode(`${timestamp}.`);
  const rest = typeof body === 'string' ? encoder.encode(body) : body;
  const bytes = new Uint8Array(start.length + rest.length);
  bytes.set(start);
  bytes.set(rest, start.length);
  return bytes;
}

function importKey(secret: string) {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
