/** PROCESSES with the demo shop: each process leads to the dashboard and shows the logins. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { DEMO_LOGINS } from '#gateway/demo-logins';
import { freePort } from '#test/harness/free-port';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

const ROOT = path.resolve(__dirname, '../..');

let platform: TestPlatform;
let first: ChildProcess;
let output = '';
let url: string;

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 2 });
  const { databaseUrl, dataDir } = platform.services.config;
  const port = String(await freePort());
  url = `http://127.0.0.1:${port}`;
  first = spawn(process.execPath, ['--import', 'tsx', 'gateway/main.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      NODE_ENV: 'test',
      JWT_SECRET: 'x'.repeat(32),
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: '3',
      DATA_DIR: dataDir,
      DEMO: 'true',
      HOST: '127.0.0.1',
      PORT: port,
      PROCESSES: '2',
      LOG_LEVEL: 'error',
    },
  });
  const collect = (part: Buffer) => (output += part.toString());
  first.stdout!.on('data', collect);
  first.stderr!.on('data', collect);
  await eventually(
    () => output.includes('PosPro is ready') || first.exitCode !== null,
    () => output,
    { limitMs: 150_000, pauseMs: 100 },
  );
}, 240_000);
afterAll(async () => {
  if (first.exitCode === null) {
    first.kill('SIGTERM');
    await once(first, 'exit');
  }
  await platform.stop();
});

it('leads to the dashboard and shows the logins in each process', async () => {
  expect(output).toContain(DEMO_LOGINS.password);
  const answers = new Map<string, unknown>();
  // A connection of its own each time: they are handed to the processes in turn.
  const ask = (place: string, accept = '*/*') =>
    fetch(url + place, { redirect: 'manual', headers: { connection: 'close', accept } });
  for (let time = 0; time < 4; time += 1) {
    const start = await ask('/', 'text/html');
    const { demo } = (await (await ask('/pages.json')).json()) as { demo: unknown };
    answers.set(JSON.stringify([start.status, start.headers.get('location'), demo]), demo);
  }
  expect([...answers.keys()]).toEqual([JSON.stringify([302, '/dashboard', DEMO_LOGINS])]);
});
