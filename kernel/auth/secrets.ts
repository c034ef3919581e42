/**
 * Secrets that must be readable, such as the key of a second factor: encrypted under a key derived from
 * JWT_SECRET.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Config } from '../config';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

type Secrets = Pick<Config, 'jwtSecret'>;

function keyFor(config: Secrets, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', config.jwtSecret, 'pospro', purpose, 32));
}

/**
 * Encrypts a text for one purpose and one owner: moved to another row, it cannot be read.
 * @param owner the id of the owner; bound into the ciphertext.
 */
export function sealSecret(config: Secrets, purpose: string, owner: string, text: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, keyFor(config, purpose), nonce).setAAD(Buffer.from(owner));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** The text; undefined if it was sealed under another JWT_SECRET, for another purpose or owner, or was altered. */
export function openSecret(
  config: Secrets,
  purpose: string,
  owner: string,
  sealed: Buffer,
): string | undefined {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  if (tag.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(ALGORITHM, keyFor(config, purpose), nonce)
    .setAAD(Buffer.from(owner))
    .setAuthTag(tag);
  try {
    return (
      decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    );
  } catch {
    // Only the check of the tag fails here.
    return undefined;
  }
}

/** The secrets that an owner enters for one purpose, such as the keys of an account at a provider. */
export function enteredSecrets(config: Secrets, purpose: string, owner: string) {
  const open = (sealed: Buffer | null | undefined) =>
    sealed ? openSecret(config, purpose, owner, sealed) : undefined;
  return {
    /** The text; undefined without one, and as openSecret. */
    open,
    /** The entered text sealed. An omitted or the same one stays as it is stored: sealed again, it would have other bytes and count as a change. */
    seal: (text: string | null | undefined, stored: Buffer | null = null) =>
      text == null || (stored && open(stored) === text.trim())
        ? stored
        : sealSecret(config, purpose, owner, text.trim()),
  };
}

/**
 * 256 bits that belong to a purpose and a name: the same under the same JWT_SECRET, and unpredictable without it. A secret that must
 * be answered again, but not stored, is derived from them.
 */
export function derivedSecret(config: Secrets, purpose: string, name: string): Buffer {
  return createHmac('sha256', keyFor(config, purpose)).update(name).digest();
}

/** A secret of 256 random bits after a prefix that identifies it to people and secret scanners. */
export function newSecret(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/** The stored hash of such a secret. It has 256 random bits, so a slow hash would add nothing. */
export function secretHash(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}
