/** A client of a trial: it repeats a request until it is answered for certain, as a till does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TEST_PASSWORD } from '#test/harness/actors';

const PAUSE_MS = 100;
/** A client that gets no answer for so long gives up: the trial has failed. */
const GIVE_UP_MS = 120_000;

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ClientOptions {
  /** Addresses of processes that serve the same; the next one is asked after an attempt that fails. */
  readonly urls: readonly string[];
  readonly email: string;
  /** The client's number: half of the clients begin with each of two addresses. */
  readonly number: number;
  /** Time after which an attempt is given up. */
  readonly timeoutMs: number;
}

export interface ClientRequest {
  readonly path: string;
  readonly body: object;
  /** The idempotency key. Optional: a client reference in the body does the same. */
  readonly key?: string;
}

export class TrialClient {
  /** The longest time from the first attempt of a request to its answer. */
  longestMs = 0;
  attempts = 0;
  /** Answers that no fault excuses, such as 500. */
  readonly unexpected: string[] = [];
  private token: string | undefined;
  private turn: number;

  constructor(private readonly options: ClientOptions) {
    this.turn = options.number;
  }

  /**
   * Posts until the answer says whether the work was done: a 2xx, or a rejection. A rejection after an attempt without an answer says
   * nothing of that attempt, which may still be on its way: a register that is closed now may be open when it arrives. It is repeated,
   * as a till does.
   * @throws Error after two minutes, with the reasons of the last attempts.
   */
  async post({ path, body, key }: ClientRequest): Promise<Answer> {
    const start = performance.now();
    const reasons: string[] = [];
    let isUnderWay = false;
    for (;;) {
      const answer = await this.attempt(path, body, key).catch(
        (error: unknown) => error as Error & { cause?: { code?: string } },
      );
      const ms = performance.now() - start;
      if (!(answer instanceof Error) && isCertain(answer) && (answer.status < 300 || !isUnderWay)) {
        this.longestMs = Math.max(this.longestMs, ms);
        return answer;
      }
      reasons.push(reasonOf(answer));
      if (ms > GIVE_UP_MS) throw new Error(`${path} got no answer: ${reasons.slice(-20).join(', ')}`);
      if (answer instanceof Error) {
        isUnderWay = true;
        this.turn += 1;
      } else if (!isCertain(answer)) this.note(path, answer);
      await sleep(PAUSE_MS);
    }
  }

  private async attempt(path: string, body: object, key?: string): Promise<Answer> {
    this.attempts += 1;
    if (this.token === undefined) {
      const { email } = this.options;
      const login = await this.send('/auth/login', { email, password: TEST_PASSWORD }, {});
      if (login.status !== 200) return login;
      this.token = login.body.access_token as string;
    }
    const headers = { authorization: `Bearer ${this.token}`, ...(key && { 'idempotency-key': key }) };
    return this.send(path, body, headers);
  }

  private async send(path: string, body: object, headers: Record<string, string>): Promise<Answer> {
    const { urls, timeoutMs } = this.options;
    const answer = await fetch(`${urls[this.turn % urls.length]!}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await answer.text();
    return { status: answer.status, body: JSON.parse(text) as Answer['body'] };
  }

  private note(path: string, { status, body }: Answer): void {
    // A token may have expired by the clock of the process: it signs in there again.
    if (status === 401) this.token = undefined;
    else this.turn += 1;
    if (![401, 409, 503].includes(status)) this.unexpected.push(`${path}: ${status} ${JSON.stringify(body)}`);
  }
}

/** Whether an answer says that the work was done, or never will be. */
function isCertain({ status, body }: Answer): boolean {
  if (status >= 500 || status === 401 || status === 408 || status === 429) return false;
  return body.code !== 'IDEMPOTENCY_IN_PROGRESS';
}

function reasonOf(answer: Answer | (Error & { cause?: { code?: string } })): string {
  if (answer instanceof Error) return answer.cause?.code ?? answer.message;
  return `${answer.status} ${String(answer.body.detail ?? answer.body.code)}`;
}
