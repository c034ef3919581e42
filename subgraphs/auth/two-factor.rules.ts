/** Pure rules of the second factor: what codes look like, and which one is right at a moment. */
import { verifySync } from 'otplib';

/** RFC 6238's own step, which every app on a telephone takes for granted. */
const PERIOD_SECONDS = 30;

/** How many recovery codes there are. */
export const RECOVERY_CODES = 10;

const RECOVERY_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A recovery code from 10 random bytes: 16 characters in groups of four, none of which is easily taken for another. */
export function toRecoveryCode(bytes: Uint8Array): string {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let code = '';
  for (let index = 0; index < 16; index += 1) {
    code = RECOVERY_ALPHABET[Number(bits & 31n)]! + code;
    bits >>= 5n;
  }
  return code.replace(/(.{4})(?=.)/g, '$1-');
}

/** A recovery code as it was made, however it was typed in; undefined where it is none. */
export function normalizeRecoveryCode(given: string): string | undefined {
  const plain = given.toUpperCase().replace(/[\s-]/g, '');
  return /^[A-Z2-7]{16}$/.test(plain) ? plain.replace(/(.{4})(?=.)/g, '$1-') : undefined;
}

/**
 * The time step of which this is the code; undefined where it is of none that counts. The steps before and after the present one
 * count too, since clocks differ and people type slowly.
 *
 * @param secret base32.
 * @param lastStep codes of this step and of earlier ones are used up.
 */
export function timeStep(secret: string, given: string, now: Date, lastStep: number): number | undefined {
  const token = given.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const epoch = Math.floor(now.getTime() / 1000);
  const result = verifySync({
    secret,
    token,
    epoch,
    period: PERIOD_SECONDS,
    epochTolerance: PERIOD_SECONDS,
    strategy: 'totp',
  });
  if (!result.valid) return undefined;
  const step = Math.floor(epoch / PERIOD_SECONDS) + result.delta;
  return step > lastStep ? step : undefined;
}
