/** What a database URL says. */
import type { PoolConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

/** Parameters of a database URL that are meant for Prisma or for us, and that PostgreSQL would refuse. */
const OWN_PARAMETERS = ['schema', 'pgbouncer', 'connection_limit', 'pool_timeout', 'connect_timeout'];

/** Splits a database URL into what the driver understands and what is meant for us. */
export function readDatabaseUrl(text: string): { config: PoolConfig; pgbouncer: boolean } {
  const url = new URL(text);
  const pgbouncer = url.searchParams.get('pgbouncer') === 'true';
  for (const name of OWN_PARAMETERS) url.searchParams.delete(name);
  return { config: parseIntoClientConfig(url.href), pgbouncer };
}
