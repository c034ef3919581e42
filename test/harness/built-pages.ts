/** The built pages of web/, which the server of a test serves. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { buildWeb } from '#tools/build-web';
import { templateDatabase } from './server';

const WEB = path.resolve(__dirname, '../../web');
const SOURCE = /\.(ts|tsx|mts|css|html|svg|json|webmanifest)$/;

/** Builds web/dist if a source is newer. Callers of other workers wait, since a build begins with an empty folder. */
export async function builtPages(): Promise<void> {
  const client = new Client(templateDatabase().serverUrl);
  await client.connect();
  try {
    await client.query(`select pg_advisory_lock(hashtext('the pages of the tests'))`);
    if (lastBuild() < lastChange()) buildWeb();
  } finally {
    // Its end releases the lock.
    await client.end();
  }
}

/** Milliseconds since 1970. */
function lastChange(): number {
  const files = readdirSync(WEB, { recursive: true, encoding: 'utf8' }).filter(
    (file) => SOURCE.test(file) && !file.startsWith(`dist${path.sep}`),
  );
  return Math.max(...files.map((file) => statSync(path.join(WEB, file)).mtimeMs));
}

function lastBuild(): number {
  return statSync(path.join(WEB, 'dist/dashboard/index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
