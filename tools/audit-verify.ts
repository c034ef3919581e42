/**
 * `npm run audit:verify`: verifies the audit trail of every organization by its hash chain. Exits with 0 if all
 * are intact, with 1 for an altered row, which it names, and with 2 if it could not check.
 */
import '#gateway/environment';
import { pino } from 'pino';
import { verifyAll } from '#kernel/audit/verify-all';
import { readConfig } from '#kernel/config';
import { openDatabase } from '#kernel/db/open-database';
import { runTool, say } from './run-tool';
import { withDatabase } from './with-database';

const EXIT_BROKEN = 1;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ level: 'warn' });
  const whole = await withDatabase(config, log, async (url) => {
    const database = await openDatabase({ url, poolSize: 2, log });
    const intact = await verifyAll(database.system, say);
    await database.close();
    return intact;
  });
  if (!whole) process.exitCode = EXIT_BROKEN;
}

runTool(main, { whileRunning: 'While the platform runs, ask it: GET /api/v1/admin/audit-logs/verify.' });
