/** A primary and its streaming replica: two servers of Debian's PostgreSQL. */
import { execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { freePort } from './free-port';
import { serve, serverFolder, startOtherPostgres, urlAt } from './other-postgres';
import { asOwner, cloneTemplate, withDatabase } from './server';

export interface ReplicatedPostgres {
  /** A migrated database on the primary, as its owner. */
  readonly url: string;
  /** The same database on the replica. */
  readonly replicaUrl: string;
  /** Lets the replica lag: it receives what is written, and does not show it. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /** Lets the replica hang: connections stay open, and nothing is answered. */
  hang(): Promise<void>;
  goOn(): void;
  /** Ends the replica as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const DATABASE = 'replicated';

export async function startReplicatedPostgres(programs: string): Promise<ReplicatedPostgres> {
  const primary = await startOtherPostgres(programs);
  const { serverUrl } = primary.template;
  await cloneTemplate(primary.template, DATABASE);
  await asOwner(serverUrl, `alter database ${DATABASE} owner to keeper`);
  const { folder, identity } = serverFolder();
  const data = path.join(folder, 'data');
  const from = ['-h', '127.0.0.1', '-p', new URL(serverUrl).port, '-U', 'postgres'];
  execFileSync(
    path.join(programs, 'pg_basebackup'),
    [...from, '-D', data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'],
    { ...identity, stdio: 'pipe' },
  );
  const port = await freePort();
  let server: ChildProcess | undefined;
  let frozen: number[] = [];
  const start = async () => {
    server = await serve(programs, { data, port, identity });
  };
  const goOn = () => {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    frozen = [];
  };
  const end = async (signal: NodeJS.Signals) => {
    goOn();
    if (!server) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
    server = undefined;
  };
  await start();
  const owner = new URL(withDatabase(serverUrl, DATABASE));
  owner.username = 'keeper';
  const replica = new URL(owner);
  replica.port = String(port);
  return {
    url: owner.href,
    replicaUrl: replica.href,
    pauseReplay: () => asOwner(urlAt(port), 'select pg_wal_replay_pause()'),
    resumeReplay: () => asOwner(urlAt(port), 'select pg_wal_replay_resume()'),
    async hang() {
      const pids = await serverProcesses(urlAt(port));
      frozen = [server!.pid!, ...pids];
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    },
    goOn,
    // SIGQUIT ends the processes of the server at once, without a checkpoint; SIGKILL would leave them running.
    kill: () => end('SIGQUIT'),
    start,
    async stop() {
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
      await primary.stop();
    },
  };
}

/** The processes of connections and of the server's own work. */
async function serverProcesses(url: string): Promise<number[]> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(
      'select pid from pg_stat_activity where pid <> pg_backend_pid()',
    );
    return rows.map(({ pid }) => pid);
  } finally {
    await client.end();
  }
}
