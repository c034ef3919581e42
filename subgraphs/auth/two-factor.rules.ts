/** Pure rules of the second factor: the form of codes, and which code is valid at a moment. */
import { verifySync } from 'otplib';

/** The default step of RFC 6238, which authenticator apps assume. */
const PERIOD_SECONDS = 30;

/** Number of recovery codes of a user. */
export const RECOVERY_CODES = 10;

const RECOVERY_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A recovery code from 10 random bytes: 16 characters in groups of four, from an alphabet without look-alikes. */
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

/** The stored form of a recovery code, ignoring case, blanks and hyphens; undefined for any other text. */
export function normalizeRecoveryCode(text: string): string | undefined {
  const plain = text.toUpperCase().replace(/[\s-]/g, '');
  return /^[A-Z2-7]{16}$/.test(plain) ? plain.replace(/(.{4})(?=.)/g, '$1-') : undefined;
}

/**
 * The time step of a code; undefined for an invalid code. The steps before and after the current one are accepted too, since clocks
 * differ and people type slowly.
 *
 * @param secret base32.
 * @param lastStep codes of this step and of earlier steps are used up.
 */
export function timeStep(secret: string, code: string, now: Date, lastStep: number): number | undefined {
  const token = code.replace(/\s/g, '');
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
