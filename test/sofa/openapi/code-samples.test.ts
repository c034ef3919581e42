/** The code samples of openapi.json are run, with stand-ins for the network: they send the request of the document's examples. */
import { execFileSync } from 'node:child_process';
import document from '../../../openapi.json';
import { operationsOf, requestOf, type Document, type Documented } from '#test/rest/documented';

const BASE = 'http://localhost:8000';
const JSON_TYPE = 'application/json';

interface Sample {
  lang: string;
  source: string;
}

/** A request as a sample sends it. */
interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

const openApi = document as unknown as Document;
const operations = operationsOf(openApi).filter(({ path }) => path.startsWith('/api/v1/'));
const sampleOf = ({ operation }: Documented, lang: string): string =>
  (operation as unknown as { 'x-codeSamples': Sample[] })['x-codeSamples'].find((one) => one.lang === lang)!
    .source;
const takesFile = ({ operation }: Documented) =>
  operation.requestBody?.content['multipart/form-data'] !== undefined;

/** The request that the document's examples make up. */
function expected(one: Documented): Sent {
  const { url, body } = requestOf(openApi, one);
  const isPublic = one.operation.security?.length === 0;
  return {
    method: one.method.toUpperCase(),
    url: BASE + url,
    headers: {
      ...(isPublic ? {} : { authorization: 'Bearer t0k3n' }),
      ...(body === undefined || takesFile(one) ? {} : { 'content-type': JSON_TYPE }),
    },
    body: takesFile(one) ? 'file' : body,
  };
}

it('the JavaScript sends the documented request', async () => {
  const run = async (one: Documented): Promise<Sent | undefined> => {
    let sent: Sent | undefined;
    const fetch = (url: string, { method = 'GET', headers = {}, body }: Partial<Sent> = {}) => {
      const isForm = body instanceof FormData;
      const value: unknown = isForm ? [...body.keys()].join() : body && JSON.parse(body as string);
      sent = { method, url, headers, body: value };
      return Promise.resolve({ ok: true, json: () => Promise.resolve({}) });
    };
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the sample is a text of our own document
    const sample = new Function(
      'fetch',
      'token',
      'file',
      `return (async () => {${sampleOf(one, 'JavaScript')}})()`,
    );
    await (sample as (...values: unknown[]) => Promise<void>)(fetch, 't0k3n', new Blob(['a']));
    return sent;
  };
  expect(operations.length).toBeGreaterThan(400);
  expect(await Promise.all(operations.map(run))).toEqual(operations.map(expected));
});

it('curl gets the arguments of the documented request', () => {
  // One shell for all: each call prints its arguments, ended by zero bytes, and then an empty one.
  const script = ["curl() { printf '%s\\0' \"$@\" ''; }", 'TOKEN=t0k3n'];
  const text = execFileSync('bash', ['-eu'], {
    input: [...script, ...operations.map((one) => sampleOf(one, 'Shell'))].join('\n'),
    maxBuffer: 64 * 1024 * 1024,
  }).toString();
  const calls = text.split('\0\0').slice(0, -1);
  expect(calls.map((call) => readCurl(call.split('\0')))).toEqual(operations.map(expected));
});

/** The request of curl's arguments: `-X`, `-H`, `-d` and `-F`, each with its value, and the address. */
function readCurl(values: string[]): Sent {
  const sent: Sent = { method: 'GET', url: '', headers: {}, body: undefined };
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]!;
    const next = values[at + 1]!;
    if (!value.startsWith('-')) {
      sent.url = value;
      continue;
    }
    if (value === '-X') sent.method = next;
    else if (value === '-H') sent.headers[next.split(': ')[0]!.toLowerCase()] = next.split(': ')[1]!;
    else if (value === '-d') sent.body = JSON.parse(next);
    else if (value === '-F') sent.body = next.split('=')[0];
    at += 1;
  }
  return sent;
}
