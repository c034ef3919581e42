/** The parts of a database URL. */
import type { PoolConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

/** Parameters of a database URL for Prisma or PosPro, which PostgreSQL would reject. */
const OWN_PARAMETERS = ['schema', 'pgbouncer', 'connection_limit', 'pool_timeout', 'connect_timeout'];

/** Splits a database URL into the driver's part and PosPro's own parameters. */
export function readDatabaseUrl(text: string): { config: PoolConfig; pgbouncer: boolean } {
  const url = new URL(text);
  const pgbouncer = url.searchParams.get('pgbouncer') === 'true';
  for (const name of OWN_PARAMETERS) url.searchParams.delete(name);
  return { config: parseIntoClientConfig(url.href), pgbouncer };
}
