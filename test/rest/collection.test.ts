/** /postman.json: its requests are sent as an API client sends them, to a fresh demo shop. */
import { createContext, runInContext } from 'node:vm';
import type { Collection, CollectionRequest } from '#sofa/collection/postman';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

/** It ends the session in which the others are sent. */
const LAST = '{{baseUrl}}/api/v1/auth/logout';
const ORDER = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

let platform: TestPlatform;
let collection: Collection;
let requests: CollectionRequest[];
const variables = new Map<string, string>();
beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 3 });
  collection = (await platform.rest('GET', '/postman.json')).body;
  requests = collection.item.flatMap(({ item }) => item);
  for (const { key, value } of collection.variable) variables.set(key, value);
  variables.set('baseUrl', platform.url);
}, 120_000);
afterAll(() => platform.stop());

const filled = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => variables.get(name)!);

/** The address of a request: its own parts, without the parameters that are not enabled. */
function addressOf({ url }: CollectionRequest['request']): string {
  const path = url.path.map((segment) => {
    if (!segment.startsWith(':')) return segment;
    return encodeURIComponent(url.variable.find(({ key }) => key === segment.slice(1))!.value);
  });
  const enabled = url.query.filter(({ disabled }) => !disabled);
  const query = new URLSearchParams(enabled.map(({ key, value }) => [key, value]));
  return `${filled(url.host[0]!)}/${path.join('/')}${query.size > 0 ? `?${query.toString()}` : ''}`;
}

async function send({ request, event }: CollectionRequest, changed?: object) {
  const { method, auth, header, body } = request;
  const bearer: Record<string, string> =
    auth?.type === 'noauth' ? {} : { authorization: `Bearer ${filled('{{token}}')}` };
  const raw = body?.mode === 'raw' ? body.raw : undefined;
  const response = await fetch(addressOf(request), {
    method,
    headers: { ...bearer, ...Object.fromEntries(header.map(({ key, value }) => [key, value])) },
    ...(raw !== undefined && {
      body: changed ? JSON.stringify({ ...(JSON.parse(raw) as object), ...changed }) : raw,
    }),
  });
  const text = await response.text();
  for (const { script } of (event ?? []) as { script: { exec: string[] } }[]) {
    const pm = {
      response: { json: () => JSON.parse(text) as unknown },
      collectionVariables: { set: (name: string, value: string) => variables.set(name, value) },
    };
    runInContext(script.exec.join('\n'), createContext({ pm }));
  }
  return { status: response.status, text };
}

it('is in the format that Postman, Bruno and others import', () => {
  expect(collection.info.schema).toBe('https://schema.getpostman.com/json/collection/v2.1.0/collection.json');
  expect(collection.item.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['catalog', 'pos', 'orders']),
  );
  for (const { request } of requests) {
    const named = request.url.path.filter((part) => part.startsWith(':')).map((part) => part.slice(1));
    expect(request.url.variable.map(({ key }) => key).sort()).toEqual(named.sort());
  }
});

it('has every operation of the OpenAPI document once', async () => {
  const { paths } = (await platform.rest('GET', '/openapi.json')).body as {
    paths: Record<string, Record<string, object>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const sent = requests.map(
    ({ request: { method, url } }) =>
      `${method} /${url.path.map((part) => part.replace(/^:(.*)$/, '{$1}')).join('/')}`,
  );
  expect(sent.sort()).toEqual(operations.sort());
});

it('signs in, and reads everything of the demo; nothing fails by a fault of the server', async () => {
  const login = requests.find(({ request }) => request.url.raw === '{{baseUrl}}/api/v1/auth/login')!;
  await send(login, { email: 'owner@pospro.com', password: 'secure123' });
  expect(variables.get('token')).toMatch(/^eyJ/);
  const rank = ({ request: { method, url } }: CollectionRequest) =>
    url.raw === LAST ? ORDER.length : ORDER.indexOf(method);
  const faults: string[] = [];
  for (const one of [...requests].filter((other) => other !== login).sort((a, b) => rank(a) - rank(b))) {
    const { method } = one.request;
    const { status, text } = await send(one);
    const signedOut = status === 401 && one.request.auth === undefined;
    if (status >= 500 || signedOut || (method === 'GET' && (status < 200 || status > 299)))
      faults.push(`${method} ${addressOf(one.request)}: ${status} ${text.slice(0, 200)}`);
  }
  expect(faults).toEqual([]);
  expect(requests.filter(({ request }) => request.method === 'GET').length).toBeGreaterThan(200);
}, 180_000);
