/** Processes share two things in Redis: counts of limits, and news of committed events. */
import { countLimitsIn } from '../limits/index';
import type { Services } from '../context';
import { RedisLink, setRedisLink } from './redis-link';
import { shareEvents } from './share-events';
import { sharedRateLimiter } from './shared-limiter';

export { redisLinkOf, type RedisCounts } from './redis-link';

/** Connects the services with Redis if the settings name one; call it before the limits are used. @returns a function that ends it. */
export async function openRedis(services: Services): Promise<() => Promise<void>> {
  const { config, log } = services;
  if (!config.redis) return () => Promise.resolve();
  const link = await RedisLink.open(config.redis, log);
  setRedisLink(config, link);
  countLimitsIn(config, (name, rule) => sharedRateLimiter(link, name, rule));
  const endSharing = shareEvents(link, services);
  return async () => {
    endSharing();
    await link.close();
  };
}
