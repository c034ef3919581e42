/** A real PgBouncer in transaction mode before the PostgreSQL of the test run: Debian's own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverUser } from '#kernel/db/embedded/paths';
import { findProgram } from '../docs/programs';
import { freePort } from './free-port';
import { asOwner } from './server';

const program = findProgram('pgbouncer', '/usr/sbin/pgbouncer');

/** `describe`, or `describe.skip` where there is no pgbouncer and CI is not set. */
export const describeWithPgBouncer = program === undefined ? describe.skip : describe;

export interface PgBouncer {
  /** The address of a database through it, with the parameter that PosPro needs. */
  through(databaseUrl: string): string;
  stop(): Promise<void>;
}

/** @param poolSize connections to the server for each user and database: fewer than the clients have. */
export async function startPgBouncer(serverUrl: string, poolSize: number): Promise<PgBouncer> {
  const server = new URL(serverUrl);
  const [name, password] = [server.username, server.password].map(decodeURIComponent);
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-pgbouncer-'));
  const user = serverUser();
  const write = (file: string, lines: readonly string[]): string => {
    const place = path.join(folder, file);
    writeFileSync(place, `${lines.join('\n')}\n`, { mode: 0o600 });
    if (user) chownSync(place, user.uid, user.gid);
    return place;
  };
  const port = await freePort();
  const settings = write('pgbouncer.ini', [
    '[databases]',
    `* = host=${server.hostname} port=${server.port} auth_user=${name}`,
    '[pgbouncer]',
    'pool_mode = transaction',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${write('userlist.txt', [`"${name}" "${password}"`])}`,
    `default_pool_size = ${poolSize}`,
    'max_client_conn = 200',
  ]);
  if (user) chownSync(folder, user.uid, user.gid);
  // It does not run as root either.
  const bouncer = spawn(program!, ['-q', settings], {
    cwd: folder,
    stdio: 'ignore',
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  const ended = once(bouncer, 'exit');
  const at = (databaseUrl: string): URL => {
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${port}`;
    return url;
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await asOwner(at(serverUrl).href, 'select 1');
      break;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(50);
    }
  }
  return {
    through(databaseUrl) {
      const url = at(databaseUrl);
      url.searchParams.set('pgbouncer', 'true');
      return url.href;
    },
    async stop() {
      bouncer.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
