/** The scripts of deploy/postgres with Debian's PostgreSQL: a primary that may be copied, and a replica that follows it over a restart. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { freePort } from '#test/harness/free-port';
import { otherPostgres, serve, serverFolder, urlAt, type ServerIdentity } from '#test/harness/other-postgres';
import { eventually } from '#test/harness/patience';
import { asOwner, withDatabase } from '#test/harness/server';
import { ROOT } from './files';

const programs = otherPostgres();
const describeWithPostgres = programs === undefined ? describe.skip : describe;

/** Characters that a shell or SQL could read otherwise. */
const REPLICATION_PASSWORD = `it's "a" $secret`;
const SCRIPTS = path.join(ROOT, 'deploy/postgres');

describeWithPostgres('the replica of docker-compose.yml (skipped without Debian’s PostgreSQL)', () => {
  let folder: string;
  let identity: ServerIdentity;
  let primary: ChildProcess;
  let replica: ChildProcess;
  let output = '';
  const ports = { primary: 0, replica: 0 };

  /** The environment of the image of PostgreSQL. */
  const environment = (more: Readonly<Record<string, string>>) => ({
    ...identity.env,
    PATH: `${programs}:${process.env.PATH}`,
    ...more,
  });

  async function ask(server: keyof typeof ports, text: string): Promise<unknown[]> {
    const client = new Client(withDatabase(urlAt(ports[server]), 'pospro'));
    await client.connect();
    try {
      return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat();
    } finally {
      await client.end();
    }
  }

  async function startReplica(): Promise<void> {
    const settings = [`port=${ports.replica}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
    replica = spawn(
      'bash',
      [path.join(folder, 'replica.sh'), ...settings.flatMap((setting) => ['-c', setting])],
      {
        ...identity,
        env: environment({
          PGDATA: path.join(folder, 'replica'),
          PGHOST: '127.0.0.1',
          PGPORT: String(ports.primary),
          PGPASSWORD: REPLICATION_PASSWORD,
        }),
      },
    );
    for (const stream of [replica.stdout, replica.stderr])
      stream!.on('data', (part) => (output += String(part)));
    await eventually(
      () =>
        ask('replica', 'select 1').then(
          () => true,
          () => false,
        ),
      () => output,
      { limitMs: 60_000, pauseMs: 100 },
    );
  }

  beforeAll(async () => {
    ({ folder, identity } = serverFolder());
    ports.primary = await freePort();
    ports.replica = await freePort();
    const data = path.join(folder, 'primary');
    // The folder of the repository may be closed to the user of the server.
    for (const name of ['allow-replica.sh', 'replica.sh']) {
      copyFileSync(path.join(SCRIPTS, name), path.join(folder, name));
      chmodSync(path.join(folder, name), 0o755);
    }
    execFileSync(path.join(programs!, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust'], {
      ...identity,
      stdio: 'pipe',
    });
    // As in the image, no one may copy the database before the script has run.
    writeFileSync(path.join(data, 'pg_hba.conf'), 'host all all 127.0.0.1/32 trust\n');
    primary = await serve(programs!, { data, port: ports.primary, identity });
    await asOwner(urlAt(ports.primary), 'create database pospro');
    execFileSync('bash', [path.join(folder, 'allow-replica.sh')], {
      ...identity,
      stdio: 'pipe',
      env: environment({
        ...{ PGHOST: '127.0.0.1', PGPORT: String(ports.primary), PGDATA: data },
        ...{ POSTGRES_USER: 'postgres', POSTGRES_DB: 'pospro', REPLICATION_PASSWORD },
      }),
    });
    // What a first start that was cut off has left.
    mkdirSync(path.join(folder, 'replica'));
    writeFileSync(path.join(folder, 'replica', 'half'), '');
    execFileSync('chown', ['-R', `--reference=${data}`, path.join(folder, 'replica')]);
    await startReplica();
  }, 120_000);
  afterAll(async () => {
    for (const server of [replica, primary]) {
      server.kill('SIGQUIT');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('copies the primary, and follows it', async () => {
    await ask('primary', 'create table written as select 1 as one');
    await eventually(() =>
      ask('replica', 'select one from written').then(
        ([one]) => one === 1,
        () => false,
      ),
    );
    expect(
      await ask('replica', `select pg_is_in_recovery(), current_setting('hot_standby_feedback')`),
    ).toEqual([true, 'on']);
  });

  it('goes on after a restart with what was written meanwhile', async () => {
    const ended = once(replica, 'exit');
    replica.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await ask('primary', 'insert into written values (2)');
    await startReplica();
    await eventually(() =>
      ask('replica', 'select count(*)::int from written').then(([count]) => count === 2),
    );
  }, 60_000);
});
