/** The signature that proves the origin of a webhook request. Pure. */
import { createHmac } from 'node:crypto';

/**
 * The PosPro-Signature header: a timestamp, and for each active secret the HMAC-SHA256 of "timestamp.body". The receiver
 * computes the same, compares in constant time, and rejects timestamps that are more than five minutes old.
 *
 * @example
 * signatureHeader('{"id":"…"}', ['pospro_whsec_…'], new Date(1_700_000_000_000)) // 't=1700000000,v1=5257a8…'
 */
export function signatureHeader(body: string, secrets: readonly string[], now: Date): string {
  const timestamp = Math.floor(now.getTime() / 1000);
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex'),
  );
  return [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}
