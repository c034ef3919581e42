/** The whole platform for a test: a database of its own, a free port, and short ways of asking over GraphQL and REST. */
import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { startPlatform, type Platform, type PlatformOptions } from '#gateway/platform';
import { startSubgraphs, type SubgraphProcess } from '#gateway/remote/subgraph-process';
import { createContext } from '#kernel/context';
import { mountRest } from '#sofa/index';
import { subgraphs } from '#subgraphs/list';
import type { TestBackend } from './actors';
import { demoTemplate } from './demo-template';
import { freePort } from './free-port';
import { asOwner, cloneTemplate, templateDatabase, withDatabase } from './server';
import { testConfig } from './test-config';

export interface GraphQLAnswer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly errors:
    | readonly { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
    | undefined;
  readonly headers: Headers;
}

export interface RestAnswer {
  readonly status: number;
  /** Parsed JSON; undefined for any other body. */
  readonly body: never;
  readonly text: string;
  readonly headers: Headers;
}

export interface RestRequest {
  readonly token?: string | undefined;
  /** Sent as JSON, or as it is where it is a text or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestPlatform extends TestBackend {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly platform: Platform;
  /** The process of the subgraphs apart, if any are. */
  readonly apart: SubgraphProcess | undefined;
  graphql<Data = never>(
    query: string,
    variables?: Record<string, unknown>,
    token?: string,
  ): Promise<GraphQLAnswer<Data>>;
  /** @param path below the server's root, for example "/api/v1/pos/scan/123456789". */
  rest(method: string, path: string, request?: RestRequest): Promise<RestAnswer>;
  /** Stops the platform and drops its database. */
  stop(): Promise<void>;
}

/** What a test may want otherwise. */
export interface TestPlatformOptions extends Partial<Omit<PlatformOptions, 'config'>> {
  /** Settings as in the environment, for example `{ MAX_DEPTH: '5' }`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Begins with the demo shop and a history of so many days. */
  readonly demoDays?: number;
  /** The address under which the platform reaches its database, for example that of a pooler. */
  readonly through?: (databaseUrl: string) => string;
  /**
   * The subgraphs that the gateway reaches over HTTP, as in a process of their own. Optional; defaults to those that TEST_APART names, so
   * that every test can run in this form: `TEST_APART=all npx jest …`.
   */
  readonly apart?: readonly string[];
}

/** The subgraphs of TEST_APART. */
function apartByDefault(): readonly string[] {
  const names = process.env.TEST_APART ?? '';
  if (names === 'all') return subgraphs.map(({ name }) => name);
  return names.split(',').filter(Boolean);
}

/** Starts the platform on a fresh database. */
export async function startTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const { env = {}, demoDays, through = (url) => url, apart: names = apartByDefault(), ...parts } = options;
  const template = demoDays === undefined ? templateDatabase() : await demoTemplate(demoDays);
  const name = `pospro_test_${randomBytes(6).toString('hex')}`;
  await cloneTemplate(template, name);
  const dataDir = mkdtempSync(path.join(tmpdir(), 'pospro-data-'));
  if (template.dataDir) cpSync(template.dataDir, dataDir, { recursive: true });
  const settings = {
    DATABASE_URL: through(withDatabase(template.serverUrl, name)),
    DATABASE_POOL_SIZE: '5',
    DATA_DIR: dataDir,
    ...(demoDays !== undefined && { DEMO: 'true' }),
    ...env,
  };
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const all = { subgraphs, log, ...parts };
  const port = String(names.length > 0 ? await freePort() : 0);
  const urls = names.map((one) => `${one}=http://127.0.0.1:${port}/${one}`).join(',');
  const config = testConfig({ ...settings, SUBGRAPH_URLS: urls });
  // The gateway makes the demo shop before any other process sees its events.
  const platform = await startPlatform({ mountRest, ...all, config });
  const apart =
    names.length > 0
      ? await startSubgraphs({ ...all, names, config: testConfig({ ...settings, PORT: port }) })
      : undefined;
  await apart?.listen();
  const url = await platform.listen();
  return {
    url,
    platform,
    apart,
    services: platform.services,
    contextFor: (actor, request) =>
      createContext(platform.services, actor, { requestId: randomUUID(), address: '127.0.0.1', ...request }),
    graphql: (query, variables, token) => askGraphQL(url, query, variables, token),
    rest: (method, path, request) => askRest(url, method, path, request),
    async stop() {
      await platform.stop();
      await apart?.stop();
      rmSync(dataDir, { recursive: true, force: true });
      await asOwner(template.serverUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function askGraphQL<Data>(
  url: string,
  query: string,
  variables: object = {},
  token?: string,
): Promise<GraphQLAnswer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(token) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as GraphQLAnswer<Data>;
  return { status: response.status, data, errors, headers: response.headers };
}

async function askRest(
  url: string,
  method: string,
  path: string,
  request: RestRequest = {},
): Promise<RestAnswer> {
  const { body, token, headers = {} } = request;
  const raw = typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData;
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(body !== undefined && !raw ? { 'content-type': 'application/json' } : {}),
      ...bearer(token),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json') && text !== '';
  return {
    status: response.status,
    body: (isJson ? JSON.parse(text) : undefined) as never,
    text,
    headers: response.headers,
  };
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
