/** The last writes of organizations, for the reports of all processes (kernel/db/replica.ts). */
import type { SharedWriteMarks } from '../db/write-marks';
import type { RedisLink } from './redis-link';

/** Microseconds on the clock of one server: in a cluster all keys are on the same one. */
const NOW = `local t = redis.call('TIME'); local now = t[1] .. string.format('%06d', t[2])`;
const READ_CLOCK = `${NOW}; return now`;
const MARK = `${NOW}; redis.call('SET', KEYS[1], now, 'PX', ARGV[1]); return now`;

export function sharedWriteMarks(link: RedisLink, keepMs: number): SharedWriteMarks {
  const keyOf = (name: string) => `${link.prefix}:{writes}:${name}`;
  const run = async (work: () => Promise<unknown>): Promise<unknown> => {
    const answer = await link.run(async () => ({ value: await work() }));
    if (!answer) throw new Error('Redis does not answer');
    return answer.value;
  };
  const { client } = link;
  return {
    now: async () => Number(await run(() => client.eval(READ_CLOCK, 1, keyOf('clock')))),
    async mark(organizationId) {
      await run(() => client.eval(MARK, 1, keyOf(organizationId), keepMs));
    },
    async latest(organizationId) {
      const moment = await run(() => client.get(keyOf(organizationId)));
      return moment === null ? undefined : Number(moment);
    },
  };
}
