/**
 * Records the statements that the platform sends while tests run, for `npm run db:freeze`: with RECORD_STATEMENTS set, each worker adds the
 * distinct ones to a file of its own in that folder, a JSON text a line.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';

const ROLES = new Set(['pospro_app', 'pospro_vendor', 'pospro_system']);
/** The driver is loaded once in a worker, and this file for each test file. */
const RECORDING = Symbol.for('pospro.recorded-statements');

const folder = process.env.RECORD_STATEMENTS;
if (folder !== undefined && folder !== '') record(path.join(folder, `${process.pid}.jsonl`));

function record(file: string): void {
  const connection = Client.prototype as unknown as {
    query: (this: Client, ...args: unknown[]) => unknown;
    [RECORDING]?: true;
  };
  if (connection[RECORDING]) return;
  connection[RECORDING] = true;
  const { query } = connection;
  const known = new Set<string>();
  connection.query = function (...args) {
    const { user } = this as Client & { user?: string };
    if (user !== undefined && ROLES.has(user)) {
      const [statement] = args as (string | { text: string })[];
      const line = JSON.stringify([
        user,
        (typeof statement === 'string' ? statement : statement!.text).trim(),
      ]);
      if (!known.has(line)) {
        known.add(line);
        appendFileSync(file, `${line}\n`);
      }
    }
    return query.apply(this, args);
  };
}
