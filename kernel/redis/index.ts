/** Processes share three things in Redis: counts of limits, news of committed events, and, with a replica, the last writes. */
import { pino } from 'pino';
import type { Config } from '../config';
import { countLimitsIn } from '../limits/index';
import type { Services } from '../context';
import { RedisLink, setRedisLink } from './redis-link';
import { shareEvents } from './share-events';
import { sharedRateLimiter } from './shared-limiter';
import { sharedWriteMarks } from './shared-write-marks';

export { redisLinkOf, type RedisCounts } from './redis-link';

/** Whether a server of Redis writes and answers. @throws Error if it does not. */
export async function checkRedisServer(settings: NonNullable<Config['redis']>): Promise<void> {
  const link = await RedisLink.open(settings, pino({ level: 'silent' }));
  try {
    await link.check();
  } finally {
    await link.close();
  }
}

/** Connects the services with Redis if the settings name one; call it before the limits are used. @returns a function that ends it. */
export async function openRedis(services: Services): Promise<() => Promise<void>> {
  const { config, log, database } = services;
  if (!config.redis) return () => Promise.resolve();
  const link = await RedisLink.open(config.redis, log);
  setRedisLink(config, link);
  countLimitsIn(config, (name, rule) => sharedRateLimiter(link, name, rule));
  const { replica } = database;
  replica?.shareMarks(sharedWriteMarks(link, replica.keepMarksMs));
  const endSharing = shareEvents(link, services);
  return async () => {
    endSharing();
    await link.close();
  };
}
