/** Reports over REST and GraphQL say how old they are, so that no client uses one longer than five minutes. */
import { signedInOwner } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  token = (await signedInOwner(platform.services)).token;
}, 60_000);
afterAll(() => platform.stop());

it('a report has its lifetime and, when it is served again, its age', async () => {
  const read = async () => {
    const { status, headers, body } = await platform.rest('GET', '/api/v1/pos/reports/daily', { token });
    return { status, cache: headers.get('cache-control'), age: headers.get('age'), ...(body as object) };
  };
  const first = await read();
  expect(first).toMatchObject({ status: 200, cache: 'private, max-age=300', age: null, sales_count: 0 });
  const { age, ...again } = await read();
  expect(age).toMatch(/^\d$/);
  expect({ ...again, age: null }).toEqual(first);
  const report = () => platform.graphql('{ dailySalesReport { generatedAt } }', {}, token);
  const { data } = await report();
  expect(data).toEqual({ dailySalesReport: { generatedAt: expect.any(String) as string } });
  const repeated = await report();
  expect([repeated.data, repeated.headers.get('age')]).toEqual([
    data,
    expect.stringMatching(/^\d$/) as string,
  ]);
});
