/** The session of a user: signs in, and keeps an access token that is valid. */
import { ProblemError } from './problem-error.ts';
import { createRestClient, type RestClient, type RestOptions } from './rest-client.ts';
import type { Schema } from './schema-types.ts';

/** Time before its end at which an access token is replaced, in milliseconds: for clocks that differ, and requests on their way. */
const EARLY_MS = 60_000;

type Tokens = Schema<'AuthSession'>;

export class Session {
  #tokens: Tokens | undefined;
  /** Milliseconds since 1970 by this machine's clock. */
  #expiresAt = 0;
  #refresh: Promise<string | undefined> | undefined;

  private constructor(
    private readonly rest: RestClient,
    tokens: Tokens,
  ) {
    this.#keep(tokens);
  }

  /**
   * Signs a user in.
   * @throws ProblemError such as INVALID_CREDENTIALS, or OTP_REQUIRED if the user has a second factor and `otp` is missing.
   */
  static async signIn(options: Omit<RestOptions, 'token'>, body: Schema<'LoginInput'>): Promise<Session> {
    const rest = createRestClient(options);
    const { data, error } = await rest.POST('/api/v1/auth/login', { body });
    if (error) throw new ProblemError(error);
    return new Session(rest, data);
  }

  /** The signed-in user; undefined after the session has ended. */
  get user(): Tokens['user'] | undefined {
    return this.#tokens?.user;
  }

  /**
   * A valid access token: the `token` of the REST client and of the live client. Callers at the same moment share one refresh, because a
   * refresh token is valid once.
   * @param rejected a token that the server does not accept any more.
   * @returns undefined after the session has ended.
   * @throws ProblemError, or TypeError if the server cannot be reached: the session stays, try again.
   */
  readonly token = async (rejected?: string): Promise<string | undefined> => {
    const { access_token: token } = this.#tokens ?? {};
    if (token === undefined) return undefined;
    if (token !== rejected && Date.now() < this.#expiresAt - EARLY_MS) return token;
    this.#refresh ??= this.#renew().finally(() => (this.#refresh = undefined));
    return this.#refresh;
  };

  /** Ends the session here and on the server. @throws TypeError if the server cannot be reached: there it ends later. */
  async signOut(): Promise<void> {
    const { access_token: token } = this.#tokens ?? {};
    this.#tokens = undefined;
    if (token === undefined) return;
    await this.rest.POST('/api/v1/auth/logout', { headers: { authorization: `Bearer ${token}` } });
  }

  async #renew(): Promise<string | undefined> {
    const body = { refresh_token: this.#tokens!.refresh_token };
    const { data, error, response } = await this.rest.POST('/api/v1/auth/refresh', { body });
    // The caller may have signed out meanwhile.
    if (!this.#tokens) return undefined;
    if (data) return this.#keep(data);
    if (response.status !== 401) throw new ProblemError(error);
    this.#tokens = undefined;
    return undefined;
  }

  #keep(tokens: Tokens): string {
    this.#tokens = tokens;
    this.#expiresAt = Date.now() + tokens.expires_in * 1000;
    return tokens.access_token;
  }
}
