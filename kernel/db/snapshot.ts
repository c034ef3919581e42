/** A connection of its own for reading the whole database at one moment. */
import { Client } from 'pg';
import { readDatabaseUrl } from './database-url';
import type { Logins } from './logins';
import { explainFailure } from './pg-errors';

/** The same values are written the same way on every server. Reading may take hours, so no limit of time holds. */
const SETTINGS = {
  application_name: 'pospro snapshot',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  datestyle: 'ISO, YMD',
  extra_float_digits: '3',
  idle_in_transaction_session_timeout: '0',
  intervalstyle: 'postgres',
  statement_timeout: '0',
  timezone: 'UTC',
};

/**
 * Runs work in one read-only transaction with one snapshot (REPEATABLE READ), as pospro_system. It assigns no transaction number, so
 * that it holds back no events.
 * @throws PosProError UNAVAILABLE if the server is unreachable.
 */
export async function withSnapshot<Result>(
  { url, logins }: { url: string; logins: Logins },
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { own, password } = logins;
  const { config } = readDatabaseUrl(url);
  const client = new Client({ ...config, ...(own ? { user: 'pospro_system', password } : {}) });
  // The running statement reports the error itself.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw explainFailure(error);
  }
  try {
    await client.query('begin isolation level repeatable read read only');
    if (!own) await client.query('set local role pospro_system');
    for (const [name, value] of Object.entries(SETTINGS))
      await client.query(`set local ${name} = '${value}'`);
    return await work(client);
  } finally {
    // Ends the transaction, which wrote nothing.
    await client.end();
  }
}
