/**
 * `npm run migrate`: brings the database up to date, without a platform; several at the same time wait for each other. Exits with 0, and
 * with 2 for an error.
 */
import '#gateway/environment';
import { pino } from 'pino';
import { readConfig } from '#kernel/config';
import { applyMigrations } from '#kernel/db/migrate';
import { runTool, say } from './run-tool';
import { withDatabase } from './with-database';

async function main(): Promise<void> {
  const applied = await withDatabase(readConfig(process.env), pino({ level: 'warn' }), (url) =>
    applyMigrations(url),
  );
  for (const name of applied) say(`Applied ${name}.`);
  say(applied.length === 0 ? 'The database was up to date.' : 'The database is up to date.');
}

runTool(main);
