import * as argon2 from 'argon2';
import { ARGON2_PARAMETERS, PasswordHasher } from '#kernel/auth/passwords';
import { FieldErrors } from '#kernel/validation';
import { Limiter } from '#kernel/concurrency-limit';
import { checkPassword } from '#subgraphs/auth/validators.rules';

/** The faults of a password, as "field code". */
function faultsOf(password: string, email = 'robin@shop.test'): string[] {
  const faults = new FieldErrors();
  checkPassword(faults, 'password', password, email);
  try {
    faults.throwIfAny();
    return [];
  } catch (error) {
    return (error as { errors: { field: string; code: string }[] }).errors.map(
      (fault) => `${fault.field} ${fault.code}`,
    );
  }
}

describe('password rules', () => {
  it.each([
    ['secure123', []],
    ['1234567', ['password LENGTH']],
    ['12345678', []],
    ['x'.repeat(200), []],
    ['x'.repeat(201), ['password LENGTH']],
    // Eight characters, although sixteen UTF-16 units.
    ['🔑🔑🔑🔑🔑🔑🔑🔑', []],
    ['🔑🔑🔑🔑', ['password LENGTH']],
    ['robin@shop.test', ['password WEAK']],
    ['ROBIN@shop.test ', ['password WEAK']],
    ['robin@shop.test!', []],
  ])('%j has the faults %j', (password, expected) => {
    expect(faultsOf(password)).toEqual(expected);
  });
});

describe('PasswordHasher', () => {
  it('hashes with argon2id and the parameters of OWASP, with a salt of its own each time', async () => {
    const hasher = new PasswordHasher(2);
    const [first, second] = await Promise.all([hasher.hash('secure123'), hasher.hash('secure123')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,(t=2,p=1|p=1,t=2)\$/);
    expect(second).not.toBe(first);
    expect(await hasher.verify(first, 'secure123')).toBe(true);
    expect(await hasher.verify(first, 'secure124')).toBe(false);
  });

  it('does the same work where there is no hash, and says no', async () => {
    const hasher = new PasswordHasher(1);
    expect(await hasher.verify(undefined, 'secure123')).toBe(false);
    expect(await hasher.verify(null, 'secure123')).toBe(false);
    expect(hasher.computed).toBe(2);
  });

  it('takes two Unicode forms of one password for the same', async () => {
    const hasher = new PasswordHasher(1);
    const composed = 'caf\u00e9 and more';
    const decomposed = 'cafe\u0301 and more';
    expect(composed).not.toBe(decomposed);
    expect(await hasher.verify(await hasher.hash(composed), decomposed)).toBe(true);
  });

  it('never takes a password beyond the bound, and hashes a short one in its place', async () => {
    const hasher = new PasswordHasher(1);
    const long = 'x'.repeat(201);
    const stored = await argon2.hash(long, { ...ARGON2_PARAMETERS, type: argon2.argon2id });
    expect(await hasher.verify(stored, long)).toBe(false);
    expect(hasher.computed).toBe(1);
  });

  it('knows a hash of weaker parameters', async () => {
    const hasher = new PasswordHasher(1);
    const weak = await argon2.hash('secure123', {
      ...ARGON2_PARAMETERS,
      memoryCost: 8192,
      type: argon2.argon2id,
    });
    expect(hasher.outdated(weak)).toBe(true);
    expect(hasher.outdated(await hasher.hash('secure123'))).toBe(false);
    expect(await hasher.verify(weak, 'secure123')).toBe(true);
  });

  it('never computes more at once than it may', async () => {
    const hasher = new PasswordHasher(2);
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, hasher.running)), 1);
    const done = await Promise.all(Array.from({ length: 8 }, () => hasher.verify(undefined, 'secure123')));
    clearInterval(watch);
    expect(done).toEqual(Array<boolean>(8).fill(false));
    expect(most).toBe(2);
    expect(hasher.computed).toBe(8);
    expect(hasher.running).toBe(0);
  });
});

describe('Limiter', () => {
  /** Work that ends when told to. */
  function gate(): { work: () => Promise<void>; open: () => void } {
    let open!: () => void;
    const closed = new Promise<void>((resolve) => (open = resolve));
    return { work: () => closed, open };
  }

  it('runs as many as it may, keeps the rest in line, and turns away what the line has no room for', async () => {
    const limiter = new Limiter(2, 1);
    const gates = [gate(), gate(), gate()];
    const running = gates.map(({ work }) => limiter.run(work));
    expect([limiter.running, limiter.waiting]).toEqual([2, 1]);
    await expect(limiter.run(() => Promise.resolve())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryAfter: 5,
    });
    for (const { open } of gates) open();
    await Promise.all(running);
    expect([limiter.running, limiter.waiting]).toEqual([0, 0]);
  });

  it('gives the place of a work that failed to the next', async () => {
    const limiter = new Limiter(1, 5);
    const failing = limiter.run(() => Promise.reject(new Error('no')));
    const next = limiter.run(() => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
    expect(limiter.running).toBe(0);
  });
});
