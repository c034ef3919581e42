/** The checks of the database: reachable, its version, its clock, its migrations, and the rights of the platform's roles. */
import { Client } from 'pg';
import type { Config } from '#kernel/config';
import { readDatabaseUrl } from '#kernel/db/database-url';
import { hasCluster } from '#kernel/db/embedded/index';
import { findLoginProblem } from '#kernel/db/logins';
import { MigrationError, readMigrationState } from '#kernel/db/migrate';
import { withDatabase } from './database';
import { messageOf, type Finding } from './check-result';
import { commandLog } from './services';

const MIN_POSTGRES_VERSION = 15;
const CONNECT_MS = 5_000;
/** Tokens are accepted with a difference of a minute, and people compare times of receipts with their watches. */
const MAX_CLOCK_DIFFERENCE_MS = 5_000;

export async function checkDatabase(config: Config): Promise<Finding[]> {
  if (config.databaseUrl === undefined && !hasCluster(config.dataDir))
    return [{ subject: 'database', state: `embedded; the first start creates it in ${config.dataDir}` }];
  try {
    return await withDatabase(config, commandLog(), async (url) => {
      const [server, ...others] = await checkServer(url, config.databaseUrl === undefined);
      // Without the server's answer all else would only repeat its error.
      if (server!.problem !== undefined) return [server!, ...others];
      return [server!, ...others, await checkMigrations(url), await checkRights(url)];
    });
  } catch (error) {
    return [
      {
        subject: 'database',
        problem: `The embedded PostgreSQL does not start: ${messageOf(error)}`,
        remedy: `See postgres.log in ${config.dataDir}, or set DATABASE_URL to a server of your own.`,
      },
    ];
  }
}

async function checkServer(url: string, embedded: boolean): Promise<Finding[]> {
  const { config } = readDatabaseUrl(url);
  const place = embedded ? 'embedded' : `${config.host ?? 'localhost'}:${config.port ?? 5432}`;
  const client = new Client({
    ...config,
    application_name: 'pospro doctor',
    connectionTimeoutMillis: CONNECT_MS,
  });
  // The running call reports the error itself.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    // A client that could not connect needs no end, and would wait for it forever.
    return [
      {
        subject: 'database',
        problem: `${place} cannot be used: ${messageOf(error)}`,
        remedy:
          'See that the server runs, and that address, user, password and name in DATABASE_URL are right.',
      },
    ];
  }
  try {
    const before = Date.now();
    const { rows } = await client.query<{ now: Date; number: number; text: string }>(
      `select clock_timestamp() as now, current_setting('server_version_num')::integer as number,
         current_setting('server_version') as text`,
    );
    const { now, number, text } = rows[0]!;
    const middle = (before + Date.now()) / 2;
    return [versionFinding(place, number, text), clockFinding(now.getTime() - middle)];
  } finally {
    await client.end();
  }
}

function versionFinding(place: string, number: number, text: string): Finding {
  const subject = 'database';
  if (number >= MIN_POSTGRES_VERSION * 10_000) return { subject, state: `PostgreSQL ${text}, ${place}` };
  return {
    subject,
    problem: `${place} is PostgreSQL ${text}.`,
    remedy: `Upgrade it to ${MIN_POSTGRES_VERSION} or newer.`,
  };
}

function clockFinding(differenceMs: number): Finding {
  const seconds = (Math.abs(differenceMs) / 1000).toFixed(1);
  if (Math.abs(differenceMs) <= MAX_CLOCK_DIFFERENCE_MS)
    return { subject: 'clock', state: `${seconds} s from the clock of the database` };
  const side = differenceMs > 0 ? 'behind' : 'ahead of';
  return {
    subject: 'clock',
    problem: `This machine's clock is ${seconds} s ${side} that of the database.`,
    remedy: 'Let both follow a time server (NTP).',
  };
}

async function checkMigrations(url: string): Promise<Finding> {
  const subject = 'migrations';
  try {
    const { applied, pending, newer } = await readMigrationState(url);
    if (pending.length > 0)
      return {
        subject,
        problem: `The database lacks ${pending.length}: ${pending.join(', ')}.`,
        remedy: 'Run "pospro migrate", or start the platform, which applies them.',
      };
    const more = newer.length > 0 ? `; ${newer.length} of a newer version, with which this one works` : '';
    return { subject, state: `all ${applied} applied${more}` };
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    return { subject, problem: error.message };
  }
}

async function checkRights(url: string): Promise<Finding> {
  const subject = 'rights';
  const problem = await findLoginProblem(url);
  if (problem === undefined)
    return { subject, state: 'the roles pospro_app, pospro_vendor and pospro_system sign in' };
  return {
    subject,
    problem: `The roles of the platform cannot sign in: ${problem}`,
    remedy:
      'Start the platform once as the owner of the database, which sets their passwords; behind a pooler, let it know the roles.',
  };
}
