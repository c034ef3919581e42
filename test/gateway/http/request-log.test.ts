import { createLogger } from '#kernel/log';
import { fixtureSubgraphs } from '#test/gateway/fixture-graph';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

const lines: string[] = [];
let platform: TestPlatform;

beforeAll(async () => {
  const log = createLogger({
    level: 'debug',
    pretty: false,
    destination: { write: (line: string) => void lines.push(line) },
  });
  const mountRest = () => Promise.resolve();
  platform = await startTestPlatform({ subgraphs: fixtureSubgraphs, mountRest, supergraphFile: 'none', log });
});
afterAll(() => platform.stop());

/** The lines of requests during some work, without what differs each time. */
async function linesOf(work: () => Promise<unknown>): Promise<object[]> {
  lines.length = 0;
  await work();
  return lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => String(msg).startsWith('request '))
    .map(({ requestId, method, path, status, ms, msg }) => {
      expect(ms).toEqual(expect.any(Number));
      return { requestId, method, path, status, msg };
    });
}

it('says one line for a request, without its query', async () => {
  const headers = { 'x-request-id': 'till-7' };
  const line = { requestId: 'till-7', method: 'GET', msg: 'request completed' };
  const get = (path: string) => async () => (await fetch(platform.url + path, { headers })).text();
  expect(await linesOf(get('/ws/stock-updates?token=eyJ.secret.token'))).toEqual([
    { ...line, path: '/ws/stock-updates', status: 404 },
  ]);
  expect(await linesOf(get('/nothing/4111111111111111'))).toEqual([
    { ...line, path: '/nothing/411111******1111', status: 404 },
  ]);
  // The code of a gift card is all that a payment needs; its id is not secret.
  expect(await linesOf(get('/api/v1/gift-cards/DEM0-G1FT-CARD-0001'))).toEqual([
    { ...line, path: '/api/v1/gift-cards/[code]', status: 404 },
  ]);
  const entries = '/api/v1/gift-cards/0190a000-0028-7000-8000-000000000002/entries';
  expect(await linesOf(get(entries))).toEqual([{ ...line, path: entries, status: 404 }]);
});

it('says nothing of requests for metrics', async () => {
  expect(await linesOf(async () => (await fetch(`${platform.url}/metrics`)).text())).toEqual([]);
});
