/** The services of a process for commands that work as the platform does. */
import { pino, type Logger } from 'pino';
import { Caches } from '#kernel/cache';
import { systemClock } from '#kernel/clock';
import { readConfig, type Config } from '#kernel/config';
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { readMigrationState } from '#kernel/db/migrate';
import { openDatabase } from '#kernel/db/open-database';
import { MemoryBus } from '#kernel/events/memory-bus';
import { createIds } from '#kernel/ids';
import { withKeptSecret } from '#gateway/first-start';
import { withDatabase, type DatabaseUse } from './database';
import { UsageError } from './errors';

/** The settings as the server reads them. @throws ConfigError */
export function readSettings(): Config {
  return readConfig(withKeptSecret(process.env));
}

/** Warnings go to the standard error, so that the output of a command has only its result. */
export function commandLog(): Logger {
  return pino({ level: 'warn' }, pino.destination(2));
}

/**
 * Runs work with the services, on the database of the settings.
 * @throws UsageError for a database without all migrations.
 */
export async function withServices<Result>(
  config: Config,
  work: (services: Services) => Promise<Result>,
  use: DatabaseUse = {},
): Promise<Result> {
  const log = commandLog();
  return withDatabase(
    config,
    log,
    async (url) => {
      const { pending } = await readMigrationState(url);
      if (pending.length > 0)
        throw new UsageError(
          'The database is not up to date. Run "pospro migrate", or start the platform once.',
        );
      const database = await openDatabase({ url, poolSize: 2, log });
      try {
        const bus = new MemoryBus(log);
        const clock = systemClock;
        return await work({
          config, clock, ids: createIds(clock), log, database, bus, caches: new Caches(clock, bus),
        }); // prettier-ignore
      } finally {
        await database.close();
      }
    },
    use,
  );
}

/**
 * The organization that an option names by its id or its name; without the option, the only one.
 * @throws UsageError for an unknown one, and if there is none or several to choose from.
 */
export async function chooseOrganization(
  { database }: Services,
  wanted: string | undefined,
): Promise<{ id: string; name: string }> {
  const all = await database.system.many<{ id: string; name: string }>(
    sql`select id, name from organizations order by created_at, id limit 1000`,
  );
  if (all.length === 0)
    throw new UsageError(
      'There is no organization yet. Start the platform, and register one with POST /api/v1/auth/register.',
    );
  const list = all.slice(0, 20).map(({ id, name }) => `  ${id}  ${name}`);
  if (wanted === undefined) {
    if (all.length === 1) return all[0]!;
    throw new UsageError(
      ['There are several organizations: choose one with --organization.', ...list].join('\n'),
    );
  }
  const matching = all.filter(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
  if (matching.length === 1) return matching[0]!;
  throw new UsageError(
    [
      `${matching.length === 0 ? 'No organization' : 'More than one organization'} is "${wanted}":`,
      ...list,
    ].join('\n'),
  );
}
