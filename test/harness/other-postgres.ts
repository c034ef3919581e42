/** A PostgreSQL that is not the embedded one: Debian's own, with another default collation than the embedded cluster has. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverUser } from '#kernel/db/embedded/paths';
import { applyMigrations } from '#kernel/db/migrate';
import { freePort } from './free-port';
import { asOwner, withDatabase, type Template } from './server';

const INSTALLATIONS = '/usr/lib/postgresql';

/** The folder of the programs; undefined where there is none. @throws Error where there is none and CI is set. */
export function otherPostgres(): string | undefined {
  const versions = existsSync(INSTALLATIONS)
    ? readdirSync(INSTALLATIONS).sort((a, b) => Number(b) - Number(a))
    : [];
  const programs = versions
    .map((version) => path.join(INSTALLATIONS, version, 'bin'))
    .find((bin) => existsSync(path.join(bin, 'initdb')));
  if (!programs && process.env.CI)
    throw new Error('CI is set, and Debian’s package "postgresql" is not installed.');
  return programs;
}

/**
 * Makes a cluster whose default order is that of a German phone book, and a template in it that was migrated as on a managed server: by
 * an owner who is no superuser, so that row-level security binds the functions that run with the owner's rights too.
 */
export async function startOtherPostgres(
  programs: string,
): Promise<{ template: Template; stop(): Promise<void> }> {
  const { folder, identity } = serverFolder();
  const data = path.join(folder, 'data');
  const locale = ['--locale-provider=icu', '--icu-locale=de-u-co-phonebk', '--locale=C', '--encoding=UTF8'];
  execFileSync(
    path.join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', ...locale],
    { ...identity, stdio: 'pipe' },
  );
  const port = await freePort();
  const server = await serve(programs, { data, port, identity });
  const serverUrl = urlAt(port);
  await asOwner(
    serverUrl,
    'create role keeper login createrole',
    'create database template_of_tests owner keeper',
  );
  const asKeeper = new URL(withDatabase(serverUrl, 'template_of_tests'));
  asKeeper.username = 'keeper';
  await applyMigrations(asKeeper.href);
  return {
    template: { serverUrl, name: 'template_of_tests' },
    async stop() {
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Who runs a program of PostgreSQL, and where. */
export interface ServerIdentity {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

/** Makes a temporary folder that belongs to the user of the server. */
export function serverFolder(): { folder: string; identity: ServerIdentity } {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-other-'));
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const env = { LC_ALL: 'C', TZ: 'UTC' };
  return { folder, identity: { cwd: folder, env, ...(user && { uid: user.uid, gid: user.gid }) } };
}

export function urlAt(port: number): string {
  return `postgresql://postgres@127.0.0.1:${port}/postgres`;
}

/** Starts the server of a cluster, and waits until it answers. */
export async function serve(
  programs: string,
  { data, port, identity }: { data: string; port: number; identity: ServerIdentity },
): Promise<ChildProcess> {
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const server = spawn(
    path.join(programs, 'postgres'),
    ['-D', data, ...settings.flatMap((one) => ['-c', one])],
    { ...identity, stdio: 'ignore' },
  );
  await untilReady(urlAt(port));
  return server;
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await asOwner(url, 'select 1');
      return;
    } catch (error) {
      if (attempt === 200) throw error;
      await sleep(50);
    }
  }
}
