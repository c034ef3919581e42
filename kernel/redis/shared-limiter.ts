/** Rate limits that processes count together. */
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { flexibleRateLimiter, memoryRateLimiter, type RateLimiter, type RateRule } from '../limits/rate';
import type { RedisLink } from './redis-link';

/**
 * A limiter whose counts are in Redis. The process counts its own part too, and goes on with that while Redis is gone, as without
 * REDIS_URL: an account that this process has locked stays locked. A script of one key counts and sets the end of the window at once,
 * so the keys of a cluster may lie on any server.
 *
 * @param name unique among all limits.
 */
export function sharedRateLimiter(link: RedisLink, name: string, rule: RateRule): RateLimiter {
  const own = memoryRateLimiter(rule);
  const shared = flexibleRateLimiter(
    new RateLimiterRedis({
      storeClient: link.client,
      keyPrefix: `${link.prefix}:limit:${name}`,
      points: rule.limit,
      duration: rule.windowSeconds,
    }),
  );
  /** For calls without a result. */
  const done = (call: Promise<void>) => call.then(() => true);
  return {
    async consume(key, points) {
      const [state, ownState] = await Promise.all([
        link.run(() => shared.consume(key, points)),
        own.consume(key, points),
      ]);
      return state ?? ownState;
    },
    async peek(key) {
      return (await link.run(() => shared.peek(key))) ?? (await own.peek(key));
    },
    async block(key, seconds) {
      await Promise.all([link.run(() => done(shared.block(key, seconds))), own.block(key, seconds)]);
    },
    async reset(key) {
      await Promise.all([link.run(() => done(shared.reset(key))), own.reset(key)]);
    },
  };
}
