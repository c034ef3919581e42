/** The database of commands. */
import type { Config } from '#kernel/config';
import { AlreadyRunningError, startEmbedded, urlOfRunning } from '#kernel/db/embedded/index';
import type { Logger } from 'pino';

export interface DatabaseUse {
  /** Whether the platform must not run on the embedded database meanwhile. Optional; defaults to false. */
  readonly alone?: boolean;
}

/**
 * Runs work with the database's URL. The embedded database is started for it, unless the platform runs: then its database is used.
 * @throws AlreadyRunningError while the platform runs with the embedded database, for work that must be alone.
 */
export async function withDatabase<Result>(
  { databaseUrl, dataDir, port }: Config,
  log: Logger,
  work: (url: string) => Promise<Result>,
  { alone = false }: DatabaseUse = {},
): Promise<Result> {
  if (databaseUrl !== undefined) return work(databaseUrl);
  let embedded;
  try {
    embedded = await startEmbedded({ dataDir, log, platformPort: port });
  } catch (error) {
    const url = error instanceof AlreadyRunningError && !alone ? urlOfRunning(error) : undefined;
    if (url === undefined) throw error;
    return work(url);
  }
  try {
    return await work(embedded.url);
  } finally {
    await embedded.stop();
  }
}
