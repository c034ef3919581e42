import { generateSync } from 'otplib';
import {
  normalizeRecoveryCode,
  toRecoveryCode,
  RECOVERY_CODES,
  timeStep,
} from '#subgraphs/auth/two-factor.rules';

describe('a recovery code', () => {
  it('is 16 characters of RFC 4648 base32 in groups of four', () => {
    expect(RECOVERY_CODES).toBe(10);
    expect(toRecoveryCode(new Uint8Array(10))).toBe('AAAA-AAAA-AAAA-AAAA');
    expect(toRecoveryCode(new Uint8Array(10).fill(255))).toBe('7777-7777-7777-7777');
    // The vector of RFC 4648, section 10: "foobarfoob" is MZXW6YTBOJTG633C.
    expect(toRecoveryCode(new TextEncoder().encode('foobarfoob'))).toBe('MZXW-6YTB-OJTG-633C');
  });

  it('is read however it was typed', () => {
    for (const typed of [
      'MZXW-6YTB-OJTG-633C',
      'mzxw6ytbojtg633c',
      ' mzxw 6ytb\tOJTG 633C ',
      'M-ZXW6-YTBOJTG633C',
    ]) {
      expect(normalizeRecoveryCode(typed)).toBe('MZXW-6YTB-OJTG-633C');
    }
  });

  it.each(['', 'MZXW', 'MZXW-6YTB-OJTG-633', 'MZXW-6YTB-OJTG-633CC', 'MZXW-6YTB-OJTG-6331', 'MZXW-6YTB-OJTG-633!', 'XMZXW6YTBOJTG633C'])(
    'is not %p',
    (typed) => expect(normalizeRecoveryCode(typed)).toBeUndefined(),
  ); // prettier-ignore
});

describe('the time step of a code', () => {
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const now = new Date('2026-01-31T12:00:10Z');
  const step = Math.floor(now.getTime() / 30_000);
  const codeAt = (offset: number) =>
    generateSync({ secret, epoch: (step + offset) * 30, period: 30, strategy: 'totp' });

  it('is the present one, the one before or the one after', () => {
    expect([-1, 0, 1].map((offset) => timeStep(secret, codeAt(offset), now, 0))).toEqual([
      step - 1,
      step,
      step + 1,
    ]);
    expect([-3, 3].map((offset) => timeStep(secret, codeAt(offset), now, 0))).toEqual([undefined, undefined]);
  });

  it('counts once: not the last one used, nor an earlier one', () => {
    expect(timeStep(secret, codeAt(0), now, step - 1)).toBe(step);
    expect(timeStep(secret, codeAt(0), now, step)).toBeUndefined();
    expect(timeStep(secret, codeAt(-1), now, step)).toBeUndefined();
  });

  it('takes six digits, blanks between them or not, and nothing else', () => {
    const code = codeAt(0);
    expect(timeStep(secret, ` ${code.slice(0, 3)} ${code.slice(3)} `, now, 0)).toBe(step);
    for (const other of ['', code.slice(1), `${code}0`, `0${code}`, 'abcdef', `${code.slice(0, 5)}x`]) {
      expect(timeStep(secret, other, now, 0)).toBeUndefined();
    }
  });
});
