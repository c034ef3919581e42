/**
 * The REST API as a Postman collection (format 2.1), which Bruno, Insomnia and Hoppscotch import, too: a folder for each chapter of the OpenAPI
 * document, and in it a request for each operation, made of the examples, which work against the demo shop.
 */
import { LOCAL_HOST } from '../openapi/code-samples';
import { BASE_PATH } from '../mount';
import type { OpenApiDocument, Operation, Parameter, Reference } from '../openapi/types';

const FORMAT = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';
const LOGIN = `${BASE_PATH}/auth/login`;

interface Pair {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  /** A query parameter that is not sent until it is enabled. */
  readonly disabled?: boolean;
  readonly type?: string;
}

type Body =
  | { readonly mode: 'raw'; readonly raw: string; readonly options: object }
  | {
      readonly mode: 'formdata';
      readonly formdata: readonly { readonly key: string; readonly type: 'file'; readonly src: null }[];
    };

export interface CollectionRequest {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly description: string;
    readonly auth?: { readonly type: 'noauth' };
    readonly header: readonly Pair[];
    readonly url: {
      readonly raw: string;
      readonly host: readonly string[];
      readonly path: readonly string[];
      readonly query: readonly Pair[];
      readonly variable: readonly Pair[];
    };
    readonly body?: Body;
  };
  readonly event?: readonly object[];
}

export interface Collection {
  readonly info: Readonly<Record<string, string>>;
  readonly auth: { readonly type: 'bearer'; readonly bearer: readonly Pair[] };
  readonly variable: readonly Pair[];
  readonly item: readonly {
    readonly name: string;
    readonly description: string;
    readonly item: readonly CollectionRequest[];
  }[];
}

/** After a login the other requests have its token. */
const KEEP_TOKEN = {
  listen: 'test',
  script: {
    type: 'text/javascript',
    exec: [
      'const { access_token } = pm.response.json();',
      "if (access_token) pm.collectionVariables.set('token', access_token);",
    ],
  },
};

/** The same document gives the same collection, in the same order. */
export function postmanCollection({ info, tags, paths, components }: OpenApiDocument): Collection {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return {
    info: {
      name: String(info.title),
      version: String(info.version),
      description: `Send "${paths[LOGIN]?.post?.summary ?? 'login'}" first: the others have its token. The variable \`baseUrl\` is the server.`,
      schema: FORMAT,
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{token}}', type: 'string' }] },
    variable: [
      { key: 'baseUrl', value: `http://${LOCAL_HOST}` },
      { key: 'token', value: '' },
    ],
    item: tags.map(({ name, description }) => ({
      name,
      description,
      item: operations
        .filter(({ operation }) => operation.tags[0] === name)
        .map(({ path, method, operation }) => ({
          name: operation.summary,
          request: requestOf(path, method, operation, components.parameters),
          ...(path === LOGIN && { event: [KEEP_TOKEN] }),
        })),
    })),
  };
}

function requestOf(
  path: string,
  method: string,
  operation: Operation,
  shared: OpenApiDocument['components']['parameters'],
): CollectionRequest['request'] {
  const parameters = (operation.parameters ?? []).map((one) => resolved(one, shared));
  const inPath = parameters.filter((one) => one.in === 'path').map(pairOf);
  const query = parameters
    .filter((one) => one.in === 'query')
    .map((one) => ({ ...pairOf(one), ...(!one.required && { disabled: true }) }));
  const { header, body } = bodyOf(operation);
  const segments = path.slice(1).replace(/\{(\w+)\}/g, ':$1');
  const sent = query.filter(({ disabled }) => !disabled).map(({ key, value }) => `${key}=${value}`);
  return {
    method: method.toUpperCase(),
    description: operation.description,
    ...(operation.security.length === 0 && { auth: { type: 'noauth' as const } }),
    header,
    url: {
      raw: `{{baseUrl}}/${segments}${sent.length > 0 ? `?${sent.join('&')}` : ''}`,
      host: ['{{baseUrl}}'],
      path: segments.split('/'),
      query,
      variable: inPath,
    },
    ...(body && { body }),
  };
}

function resolved(
  parameter: Parameter | Reference,
  shared: OpenApiDocument['components']['parameters'],
): Parameter {
  return 'name' in parameter ? parameter : shared[parameter.$ref.split('/').at(-1)!]!;
}

function pairOf({ name, description, example }: Parameter): Pair {
  const value = typeof example === 'string' ? example : JSON.stringify(example);
  return { key: name, value: value ?? '', description };
}

/** A file is chosen by the reader; any other body is the example. */
function bodyOf({ requestBody }: Operation): { header: readonly Pair[]; body?: Body } {
  const content = requestBody?.content ?? {};
  const example = content['application/json']?.example;
  if (content['multipart/form-data'])
    return { header: [], body: { mode: 'formdata', formdata: [{ key: 'file', type: 'file', src: null }] } };
  if (example === undefined) return { header: [] };
  const raw = JSON.stringify(example, null, 2);
  return {
    header: [{ key: 'Content-Type', value: 'application/json' }],
    body: { mode: 'raw', raw, options: { raw: { language: 'json' } } },
  };
}
