/**
 * The session of the person at this browser: tokens in the local storage, so that all tabs and pages have one session and a wall screen
 * keeps it over a restart.
 *
 * A refresh token is valid once, and one that is sent twice ends the session. So only one tab at a time refreshes, and the others take
 * what it got.
 */
import {
  RefreshTokensDocument,
  SignInDocument,
  SignOutDocument,
  type NewTokensFragment,
} from './operations.generated';
import { GraphError, request } from './request';

const STORED_AS = 'pospro.session';
/** Time before its end at which an access token is replaced, in milliseconds: for clocks that differ, and requests on their way. */
const EARLY_MS = 60_000;

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Milliseconds since 1970 by this machine's clock. */
  readonly expiresAt: number;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** The six digits of the second factor, for those who have one. */
  readonly otp?: string;
}

export class Session {
  readonly #listeners = new Set<() => void>();
  #refreshing: Promise<string | undefined> | undefined;

  constructor(private readonly storage: Storage = localStorage) {
    // Another tab has signed in, signed out, or refreshed.
    addEventListener('storage', ({ key }) => {
      if (key === STORED_AS || key === null) this.#tell();
    });
  }

  get signedIn(): boolean {
    return this.#read() !== undefined;
  }

  /** Calls the listener after each sign-in and sign-out. @returns a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @throws GraphError such as INVALID_CREDENTIALS, or OTP_REQUIRED where the second factor is missing. */
  async signIn(credentials: Credentials): Promise<void> {
    const { login } = await request(SignInDocument, { input: credentials });
    this.#write(login);
    this.#tell();
  }

  /** Ends the session on the server, too, where it can be reached. */
  async signOut(): Promise<void> {
    const tokens = this.#read();
    this.#forget();
    if (tokens) await request(SignOutDocument, {}, tokens.accessToken).catch(ignoreEnded);
  }

  /**
   * A valid access token, refreshed where it must be; undefined after the session has ended.
   * @param rejected a token that the server did not accept, although it has not expired.
   * @throws TypeError or GraphError if the server cannot be reached: the session stays, try again.
   */
  async accessToken(rejected?: string): Promise<string | undefined> {
    const tokens = this.#read();
    if (!tokens) return undefined;
    if (isFresh(tokens, rejected)) return tokens.accessToken;
    this.#refreshing ??= alone(() => this.#refresh(rejected)).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** Whether a token is the current one, and does not end soon. */
  isFresh(accessToken: string | undefined): boolean {
    const tokens = this.#read();
    return tokens?.accessToken === accessToken && tokens !== undefined && isFresh(tokens, undefined);
  }

  async #refresh(rejected: string | undefined): Promise<string | undefined> {
    const tokens = this.#read();
    // Another tab may have refreshed while this one waited.
    if (!tokens || isFresh(tokens, rejected)) return tokens?.accessToken;
    try {
      const { refreshSession } = await request(RefreshTokensDocument, {
        input: { refreshToken: tokens.refreshToken },
      });
      return this.#write(refreshSession).accessToken;
    } catch (error) {
      if (!isEnded(error)) throw error;
      this.#forget();
      return undefined;
    }
  }

  #read(): Tokens | undefined {
    const text = this.storage.getItem(STORED_AS);
    return text === null ? undefined : (JSON.parse(text) as Tokens);
  }

  #write({ accessToken, refreshToken, expiresIn }: NewTokensFragment): Tokens {
    const tokens = { accessToken, refreshToken, expiresAt: Date.now() + expiresIn * 1000 };
    this.storage.setItem(STORED_AS, JSON.stringify(tokens));
    return tokens;
  }

  #forget(): void {
    this.storage.removeItem(STORED_AS);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function isFresh({ accessToken, expiresAt }: Tokens, rejected: string | undefined): boolean {
  return accessToken !== rejected && Date.now() < expiresAt - EARLY_MS;
}

/** Whether the server has said that the session is over, in place of not answering. */
function isEnded(error: unknown): boolean {
  return (
    error instanceof GraphError &&
    !['UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED', 'TIMEOUT'].includes(error.code)
  );
}

function ignoreEnded(error: unknown): void {
  // Signed out is signed out: the server may have ended the session before, or be away.
  if (!(error instanceof GraphError || error instanceof TypeError)) throw error;
}

/** Runs a function in one tab at a time. Browsers have locks only on https:// and on localhost; elsewhere tabs may meet. */
function alone<T>(run: () => Promise<T>): Promise<T> {
  // TypeScript's types do not know that pages without TLS lack it.
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request(STORED_AS, run) : run();
}
