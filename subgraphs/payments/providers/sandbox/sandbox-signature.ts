import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Config } from '#kernel/config';

export const SANDBOX_SIGNATURE = 'sandbox-signature';

/** The header that proves the origin of a webhook: HMAC-SHA256 over the body, in hex. */
export function sandboxSignature(config: Pick<Config, 'jwtSecret'>, body: string | Buffer): string {
  return createHmac('sha256', `sandbox:${config.jwtSecret}`).update(body).digest('hex');
}

/** Compares in constant time. */
export function isSandboxSignature(
  config: Pick<Config, 'jwtSecret'>,
  body: Buffer,
  header: string | string[] | undefined,
): boolean {
  const expected = Buffer.from(sandboxSignature(config, body));
  const given = Buffer.from(String(header));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
