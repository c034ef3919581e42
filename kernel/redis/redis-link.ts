/**
 * The process's way to Redis. No caller depends on it: while Redis does not answer, calls return immediately, and the caller does
 * without. A request waits for Redis once at most, `TIMEOUT_MS`: the first late answer closes the way for all, until a probe opens it.
 */
import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { createAlarm } from '../alarm';
import type { Config } from '../config';
import { inTime } from '../timeout';
import { connectRedis, reasonOf, type RedisClient } from './redis-client';

/** Longest time that a request waits for an answer. */
const TIMEOUT_MS = 200;
const PROBE_EVERY_MS = 1_000;
const PROBE_WHILE_GONE_MS = 250;
/** A start waits for Redis so long, so that the first requests count together. */
const START_MS = 2_000;
/** Failed probes in a row after which the log says that Redis is gone. A busy process may be late once to read an answer. */
const PROBES_BEFORE_LOG = 2;
/** Number of keys that probes write in turn: some for each server of a cluster. */
const PROBE_KEYS = 16;

/** Numbers since the start of the process. */
export interface RedisCounts {
  readonly reachable: boolean;
  /** Commands and probes that failed or were late. */
  readonly failures: number;
}

export class RedisLink {
  readonly client: RedisClient;
  /** The connection that receives messages; it can do nothing else. */
  readonly subscriber: RedisClient;
  /** The beginning of each key and channel, so that several installations can share one Redis. */
  readonly prefix: string;
  private reachable = false;
  private logged: 'reachable' | 'gone' | undefined;
  private goneSince = 0;
  private failures = 0;
  private failedProbes = 0;
  /** The reason of the last lost connection; what a command says about it is only that there is none. */
  private connectionError: unknown;
  private readonly alarm = createAlarm();
  private closing = false;
  private watching: Promise<void> | undefined;

  private constructor(
    { address, prefix }: NonNullable<Config['redis']>,
    private readonly log: Logger,
  ) {
    this.prefix = prefix;
    [this.client, this.subscriber] = [connectRedis(address), connectRedis(address)];
    for (const client of [this.client, this.subscriber]) {
      client.on('error', (error: unknown) => (this.connectionError = error));
      client.on('node error', (error: unknown) => (this.connectionError = error));
    }
    this.client.on('close', () => this.doubt());
    this.client.on('ready', () => this.alarm.ring());
  }

  /** Connects. An unreachable Redis does not keep a platform from starting. */
  static async open(settings: NonNullable<Config['redis']>, log: Logger): Promise<RedisLink> {
    const link = new RedisLink(settings, log);
    const ready = new Promise<void>((resolve) => link.client.once('ready', () => resolve()));
    // The first probe logs that it is late.
    await inTime(ready, START_MS).catch(() => undefined);
    await link.probe();
    link.watching = link.watch();
    return link;
  }

  /** @returns undefined if Redis is gone, and if it does not answer in time: the caller does without. */
  async run<Result extends NonNullable<unknown>>(
    work: (client: RedisClient) => Promise<Result>,
  ): Promise<Result | undefined> {
    if (!this.reachable) return undefined;
    try {
      return await inTime(work(this.client), TIMEOUT_MS);
    } catch (error) {
      this.failures += 1;
      this.log.debug({ reason: reasonOf(error) }, 'a command of Redis failed');
      this.doubt();
      return undefined;
    }
  }

  /** Probes whether Redis writes and answers now, and opens or closes the way accordingly. @throws Error if it does not. */
  async check(): Promise<void> {
    await this.probe();
    if (!this.reachable) throw new Error('Redis does not answer');
  }

  counts(): RedisCounts {
    return { reachable: this.reachable, failures: this.failures };
  }

  async close(): Promise<void> {
    this.closing = true;
    this.alarm.ring();
    await this.watching;
    for (const client of [this.client, this.subscriber]) client.disconnect();
  }

  /** Closes the way, and has it probed at once. */
  private doubt(): void {
    this.reachable = false;
    this.alarm.ring();
  }

  private async watch(): Promise<void> {
    while (!this.closing) {
      await this.alarm.wait(this.reachable ? PROBE_EVERY_MS : PROBE_WHILE_GONE_MS);
      if (!this.closing) await this.probe();
    }
  }

  private async probe(): Promise<void> {
    const { client } = this;
    try {
      const write = client.set(`${this.prefix}:probe:${randomInt(PROBE_KEYS)}`, '1', 'PX', 10_000);
      const servers = 'nodes' in client ? client.nodes('master') : [];
      await inTime(Promise.all([write, ...servers.map((server) => server.ping())]), TIMEOUT_MS);
      this.reachable = true;
      this.failedProbes = 0;
      this.connectionError = undefined;
      if (this.logged === 'gone') {
        const seconds = Math.round((performance.now() - this.goneSince) / 100) / 10;
        this.log.info({ seconds }, 'Redis is back: processes share limits and news again');
      }
      this.logged = 'reachable';
    } catch (error) {
      this.reachable = false;
      this.failures += 1;
      this.failedProbes += 1;
      if (this.failedProbes === 1) this.goneSince = performance.now();
      // One line an outage, not one a request.
      if (this.logged === 'gone' || this.failedProbes < PROBES_BEFORE_LOG) return;
      this.logged = 'gone';
      const reason = reasonOf(this.connectionError ?? error);
      this.log.warn({ reason }, 'Redis is gone: limits count in each process until it is back');
    }
  }
}

const links = new WeakMap<Config, RedisLink>();

/** Makes the link known to those who have the configuration. */
export function setRedisLink(config: Config, link: RedisLink): void {
  links.set(config, link);
}

/** Undefined without REDIS_URL. */
export function redisLinkOf({ config }: { readonly config: Config }): RedisLink | undefined {
  return links.get(config);
}
