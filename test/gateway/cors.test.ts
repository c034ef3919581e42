/** Pages of other origins: the demo admits those of a developer's machine, and a page that is not admitted is logged with the setting. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let lines: { msg: string; origin?: string }[];
afterEach(() => platform.stop());

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  lines = [];
  const write = (text: string) => lines.push(JSON.parse(text) as (typeof lines)[number]);
  const stream = new Writable({
    write(part, _encoding, done) {
      write(String(part));
      done();
    },
  });
  platform = await startTestPlatform({ env, log: pino({ level: 'warn' }, stream) });
}

async function admitted(origin: string): Promise<string | null> {
  const { headers } = await platform.rest('GET', '/api/v1/ping', { headers: { origin } });
  return headers.get('access-control-allow-origin');
}

const loggedOrigins = () =>
  lines.filter(({ msg }) => msg.includes('CORS_ORIGINS')).map(({ origin }) => origin);

it('admits pages of the same machine with the demo shop', async () => {
  await start({ DEMO: 'true' });
  const local = ['http://localhost:5173', 'http://127.0.0.1:3000', 'https://localhost', 'http://[::1]:8080'];
  for (const origin of local) expect(await admitted(origin)).toBe(origin);
  const others = [
    'http://localhost.evil.example',
    'http://localhost:5173.evil.example',
    'http://127.0.0.2:3000',
  ];
  for (const origin of others) expect(await admitted(origin)).toBeNull();
  expect(loggedOrigins()).toEqual(others);
});

it('admits the pages that the settings name, and logs every other one once', async () => {
  await start({ DEMO: 'false', CORS_ORIGINS: 'https://shop.example' });
  expect(await admitted('https://shop.example')).toBe('https://shop.example');
  for (const origin of ['http://localhost:5173', 'http://localhost:5173', platform.url, 'null'])
    expect(await admitted(origin)).toBeNull();
  expect(loggedOrigins()).toEqual(['http://localhost:5173', 'null']);
});

it('logs no page where all are admitted', async () => {
  await start({ CORS_ORIGINS: '*' });
  expect([await admitted('http://localhost:5173'), loggedOrigins()]).toEqual(['*', []]);
});
