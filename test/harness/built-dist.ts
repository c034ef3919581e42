/** The build, made once for all test files of a run: it takes half a minute. */
import { Client, escapeIdentifier } from 'pg';
import { buildDist } from '#tools/build/build-dist';
import { templateDatabase } from './server';

/** The first caller builds dist/, and callers of other workers wait. A comment on the run's template says that it is there. */
export async function builtDist(): Promise<void> {
  const { serverUrl, name } = templateDatabase();
  const client = new Client(serverUrl);
  await client.connect();
  try {
    await client.query(`select pg_advisory_lock(hashtext('the build of the tests'))`);
    const { rows } = await client.query<{ comment: string | null }>(
      `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1`,
      [name],
    );
    if (rows[0]?.comment === 'built') return;
    await buildDist();
    await client.query(`comment on database ${escapeIdentifier(name)} is 'built'`);
  } finally {
    // Its end releases the lock.
    await client.end();
  }
}
