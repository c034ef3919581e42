import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import * as argon2 from 'argon2';
import * as bcrypt from 'bcryptjs';
import { characters } from '../validation';
import { Limiter } from '../concurrency-limit';

/**
 * OWASP's password storage cheat sheet, the first of its equal choices for argon2id: 19 MiB, two passes, one
 * lane.
 */
export const ARGON2_PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** In characters. The upper bound keeps a hash from being fed megabytes. */
export const PASSWORD_LENGTH = { min: 8, max: 200 } as const;

/** The last one in the queue would wait a second of hashing for each of them. */
const MAX_WAITING = 256;

/**
 * Hashes and checks passwords with argon2id. A hash costs 70 ms of a core and 19 MiB, so only a few run at
 * once: a rush of logins must not take the cores away from sales.
 */
export class PasswordHasher {
  private readonly limiter: Limiter;
  private readonly decoy: string;
  private count = 0;

  /** @param concurrency one core stays free, and one of the four threads that Node shares with DNS and file reads. */
  constructor(concurrency = Math.min(3, Math.max(1, availableParallelism() - 1))) {
    this.limiter = new Limiter(concurrency, MAX_WAITING);
    const { memoryCost, timeCost, parallelism } = ARGON2_PARAMETERS;
    const part = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
    this.decoy = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${part(16)}$${part(32)}`;
  }

  /** Number of hashes computed so far, right or wrong. */
  get computed(): number {
    return this.count;
  }

  /** Number of hashes being computed. */
  get running(): number {
    return this.limiter.running;
  }

  /**
   * @returns a PHC string, salt and parameters included.
   * @throws PosProError UNAVAILABLE (503) if too many are waiting.
   */
  hash(password: string): Promise<string> {
    return this.limiter.run(async () => {
      this.count += 1;
      return argon2.hash(prepared(password), { type: argon2.argon2id, ...ARGON2_PARAMETERS });
    });
  }

  /**
   * Checks a password. Without a stored hash, it does the same work against a decoy, so that the time does not
   * reveal whether an address is known.
   * @throws PosProError UNAVAILABLE (503) if too many are waiting.
   */
  verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const tooLong = characters(password) > PASSWORD_LENGTH.max;
    const against = stored && !tooLong ? stored : this.decoy;
    const given = tooLong ? '' : password;
    return this.limiter.run(async () => {
      this.count += 1;
      if (isBcrypt(against)) return bcrypt.compare(given, against);
      const matches = await argon2.verify(against, prepared(given));
      return matches && against !== this.decoy;
    });
  }

  /**
   * Whether a stored hash was made by bcrypt or with weaker parameters than today's, and should be replaced at
   * the next login.
   */
  outdated(stored: string): boolean {
    return isBcrypt(stored) || argon2.needsRehash(stored, ARGON2_PARAMETERS);
  }
}

/** Hashes of imported users; each is replaced when its owner signs in. bcrypt's input is not normalized. */
function isBcrypt(stored: string): boolean {
  return /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(stored);
}

/** The hasher of this process, shared so that the cap applies to all callers. */
export const passwords = new PasswordHasher();

/**
 * One password typed on two keyboards may come in two Unicode forms (NIST SP 800-63B, 5.1.1.2, asks for NFKC or
 * NFKD).
 */
function prepared(password: string): string {
  return password.normalize('NFKC');
}
