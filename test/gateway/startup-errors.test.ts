import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { explain } from '#gateway/startup-errors';
import { applyMigrations } from '#kernel/db/migrate';
import { ConfigError } from '#kernel/config';
import { templateDatabase, withDatabase } from '#test/harness/server';

/** What a start that fails with the error of this work would say, where a database is configured. */
async function said(work: () => unknown, ownDatabase = true): Promise<string> {
  try {
    await work();
  } catch (error) {
    const { lines, exitCode } = explain(error, ownDatabase);
    expect(exitCode).toBe(1);
    return lines;
  }
  throw new Error('it did not fail');
}

const listen = (host: string, port: number) =>
  new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port }, () => resolve(server));
  });

describe('a start that fails says why', () => {
  it('where the settings are wrong, with an exit code of their own', () => {
    expect(explain(new ConfigError(['PORT is none']), false)).toEqual({
      lines: 'The configuration is not valid:\n  - PORT is none',
      exitCode: 2,
    });
  });

  it('where the port is taken, or the address is none of this machine', async () => {
    const first = await listen('127.0.0.1', 0);
    const { port } = first.address() as { port: number };
    expect(await said(() => listen('127.0.0.1', port))).toMatch(`Port ${port} is in use`);
    first.close();
    expect(await said(() => listen('192.0.2.1', 0))).toBe(
      'This machine has no address 192.0.2.1. Set HOST to one that it has; 0.0.0.0 means all.',
    );
  });

  it('where the data folder cannot be made, or the user may not write there', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pospro-explain-'));
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    const advice = 'Set DATA_DIR to a folder with free space that this user may write to.';
    expect(await said(() => mkdirSync(file, { recursive: true }))).toBe(
      `${file} cannot be made or written: EEXIST.\n${advice}`,
    );
    const below = path.join(file, 'below');
    expect(await said(() => mkdirSync(below))).toBe(
      `${below} cannot be made or written: ENOTDIR.\n${advice}`,
    );
    rmSync(folder, { recursive: true });
    // As the system says it to a user without the right; the tests may run as one who has every right.
    const denied = Object.assign(new Error('EACCES: permission denied, mkdir'), {
      code: 'EACCES',
      syscall: 'mkdir',
      path: folder,
    });
    expect(explain(denied, false).lines).toBe(`${folder} cannot be made or written: EACCES.\n${advice}`);
  });

  it('where the database is away or does not let us in, without telling the password', async () => {
    const { serverUrl } = templateDatabase();
    const advice = 'See that it runs and that address, user, password and name are right.';
    const nobody = new URL(withDatabase(serverUrl, 'no_such_database'));
    expect(await said(() => applyMigrations(nobody.href))).toBe(
      `The database of DATABASE_URL cannot be used: database "no_such_database" does not exist.\n${advice}`,
    );
    nobody.password = 'wrong';
    expect(await said(() => applyMigrations(nobody.href))).toBe(
      `The database of DATABASE_URL cannot be used: password authentication failed for user "${nobody.username}".\n${advice}`,
    );
    const away = 'postgresql://someone:secret@127.0.0.1:1/none';
    expect(await said(() => applyMigrations(away))).toBe(
      `The database of DATABASE_URL cannot be used: connect ECONNREFUSED 127.0.0.1:1.\n${advice}`,
    );
    const several = await said(() => new Client('postgresql://someone:secret@localhost:1/none').connect());
    expect(several).toMatch(
      /^The database of DATABASE_URL cannot be used: connect ECONNREFUSED (127\.0\.0\.1|::1):1\.\n/,
    );
  });

  it('with its stack where nobody foresaw it', async () => {
    const fault = new Error('a fault of ours');
    expect(explain(fault, true)).toEqual({ lines: fault.stack, exitCode: 1 });
    // The embedded one is no setting of the operator's.
    expect(
      await said(() => applyMigrations('postgresql://someone:secret@127.0.0.1:1/none'), false),
    ).not.toContain('DATABASE_URL');
  });
});
