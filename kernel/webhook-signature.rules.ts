/** The signature that proves the origin of a webhook request: of those that PosPro sends, and of those that it receives in its own form. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Name of the header, in lower case. */
export const SIGNATURE_HEADER = 'pospro-signature';
/** An older request may be a copy. */
const MAX_AGE_MS = 5 * 60_000;

/**
 * The PosPro-Signature header: a timestamp, and for each active secret the HMAC-SHA256 of "timestamp.body". The receiver
 * computes the same, compares in constant time, and rejects timestamps that are more than five minutes old.
 *
 * @example
 * signatureHeader('{"id":"…"}', ['pospro_whsec_…'], new Date(1_700_000_000_000)) // 't=1700000000,v1=5257a8…'
 */
export function signatureHeader(body: string | Buffer, secrets: readonly string[], now: Date): string {
  const timestamp = Math.floor(now.getTime() / 1000);
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex'),
  );
  return [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}

/** Whether a header with one signature is of the secret and of the last five minutes. */
export function isSignatureOf(header: unknown, body: Buffer, secret: string, now: Date): boolean {
  const timestamp = /^t=(\d{1,12}),v1=[0-9a-f]{64}$/.exec(String(header))?.[1];
  if (timestamp === undefined) return false;
  const at = new Date(Number(timestamp) * 1000);
  if (Math.abs(now.getTime() - at.getTime()) > MAX_AGE_MS) return false;
  return timingSafeEqual(Buffer.from(signatureHeader(body, [secret], at)), Buffer.from(String(header)));
}
