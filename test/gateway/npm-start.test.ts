/** `npm start`: a supervisor that ends npm ends the server, in order, and leaves no process behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { freePort } from '#test/harness/free-port';
import { eventually } from '#test/harness/patience';

const ROOT = path.resolve(__dirname, '../..');

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const answers = (url: string) =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

it('passes SIGTERM on to the server', async () => {
  const port = await freePort();
  const npm = spawn('npm', ['start'], {
    cwd: ROOT,
    env: {
      ...process.env,
      NODE_ENV: 'test',
      JWT_SECRET: 'x'.repeat(32),
      DATABASE_URL: db.url,
      DATABASE_POOL_SIZE: '5',
      PORT: String(port),
      SHUTDOWN_DRAIN_MS: '0',
    },
  });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (part) => (output += String(part)));
  const ended = once(npm, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const shown = () => output;
  await eventually(() => answers(url), shown, { limitMs: 120_000, pauseMs: 100 });
  npm.kill('SIGTERM');
  // npm ends as what it started: a server that was not asked ends by the signal, or stays.
  expect([await ended, await answers(url)]).toEqual([[0, null], false]);
}, 180_000);
