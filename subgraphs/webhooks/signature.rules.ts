/** How a webhook proves where it comes from. Pure. */
import { createHmac } from 'node:crypto';

/**
 * The PosPro-Signature header: a timestamp, and for each live secret the HMAC-SHA256 of "timestamp.body". Whoever receives it
 * computes the same, compares in constant time, and refuses timestamps that are more than five minutes old.
 *
 * @example
 * signatureOf('{"id":"…"}', ['pospro_whsec_…'], new Date(1_700_000_000_000)) // 't=1700000000,v1=5257a8…'
 */
export function signatureOf(body: string, secrets: readonly string[], now: Date): string {
  const timestamp = Math.floor(now.getTime() / 1000);
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex'),
  );
  return [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}
