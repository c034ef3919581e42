/** `pospro audit verify`: verifies the audit trail of every organization by its hash chain, and names the first altered row. */
import { verifyAll } from '#kernel/audit/verify-all';
import { readConfig } from '#kernel/config';
import { openDatabase } from '#kernel/db/open-database';
import { say } from '../run-tool';
import { withDatabase } from './database';
import { commandLog } from './services';

const EXIT_BROKEN = 1;

export async function verifyAudit(): Promise<number> {
  const log = commandLog();
  return withDatabase(readConfig(process.env), log, async (url) => {
    const database = await openDatabase({ url, poolSize: 2, log });
    const intact = await verifyAll(database.system, say);
    await database.close();
    return intact ? 0 : EXIT_BROKEN;
  });
}
