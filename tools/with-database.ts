/** The database for commands that run without the platform. */
import type { Logger } from 'pino';
import type { Config } from '#kernel/config';
import { startEmbedded } from '#kernel/db/embedded/index';

/**
 * Runs work with the database's URL; the embedded database is started for it.
 * @throws AlreadyRunningError while the platform runs with the embedded database.
 */
export async function withDatabase<Result>(
  { databaseUrl, dataDir, port }: Config,
  log: Logger,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  if (databaseUrl !== undefined) return work(databaseUrl);
  const embedded = await startEmbedded({ dataDir, log, platformPort: port });
  try {
    return await work(embedded.url);
  } finally {
    await embedded.stop();
  }
}
