/** The audits of the GraphQL-over-HTTP specification, all of them: what a server must do, should do, and may do. */
import { serverAudits } from 'graphql-http';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { fixtureSubgraphs } from '#test/gateway/fixture-graph';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform({
    subgraphs: fixtureSubgraphs,
    mountRest: () => Promise.resolve(),
    supergraphFile: 'none',
  });
});
afterAll(() => platform.stop());

// The address is known when the audits run; they are listed before.
const audits = serverAudits({ url: () => `${platform.url}/graphql` });

it('has a list of audits of each kind', () => {
  const kinds = audits.map(({ name }) => name.split(' ')[0]);
  expect(['MUST', 'SHOULD', 'MAY'].map((kind) => kinds.filter((one) => one === kind).length)).toEqual([
    13, 23, 25,
  ]);
});

it.each(audits.map(({ id, name, fn }) => [id, name, fn] as const))('%s %s', async (_id, _name, audit) => {
  expect(await audit()).toMatchObject({ status: 'ok' });
});

describe('by the media type', () => {
  const ask = (accept: string, query: string) =>
    fetch(`${platform.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query }),
    });

  it.each([
    ['application/json', 200, 'application/json; charset=utf-8'],
    ['application/graphql-response+json', 400, 'application/graphql-response+json; charset=utf-8'],
    [
      'application/graphql-response+json, application/json;q=0.9',
      400,
      'application/graphql-response+json; charset=utf-8',
    ],
    ['application/json, text/plain, */*', 400, 'application/json; charset=utf-8'],
  ])('a bad document for one that accepts %s', async (accept, status, contentType) => {
    const answer = await ask(accept, '{ nothing }');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, contentType]);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'QUERY_INVALID' } }] });
  });

  it('nothing for one that accepts something else', async () => {
    expect((await ask('text/html', '{ dear }')).status).toBe(406);
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'HEAD'])('405 for %s, with what is possible', async (method) => {
    const answer = await fetch(`${platform.url}/graphql`, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
  });
});
