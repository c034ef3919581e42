/** `pospro migrate`: brings the database up to date without the platform. Several at the same time wait for each other. */
import { readConfig } from '#kernel/config';
import { applyMigrations } from '#kernel/db/migrate';
import { say } from '../run-tool';
import { withDatabase } from './database';
import { commandLog } from './services';

export async function migrate(): Promise<void> {
  const applied = await withDatabase(readConfig(process.env), commandLog(), (url) => applyMigrations(url), {
    alone: true,
  });
  for (const name of applied) say(`Applied ${name}.`);
  say(applied.length === 0 ? 'The database was up to date.' : 'The database is up to date.');
}
