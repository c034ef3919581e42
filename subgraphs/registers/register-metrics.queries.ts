/** Figures of registers for Prometheus, of all organizations. */
import { sql } from '#kernel/db/database';
import type { MetricSource } from '#kernel/metric-source';

export const REGISTER_METRICS: readonly MetricSource[] = [
  {
    metrics: [
      {
        name: 'pospro_registers_open',
        type: 'gauge',
        help: 'Registers with an open session. Alike in every process.',
        labels: [],
      },
    ],
    read: async ({ database }) => {
      const { open } = await database.system.one<{ open: number }>(
        sql`select count(*) as open from register_sessions where status = 'open'`,
      );
      return { pospro_registers_open: [{ labels: {}, value: open }] };
    },
  },
];
