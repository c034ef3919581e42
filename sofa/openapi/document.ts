/** The OpenAPI 3.1 document: SOFA's, completed with everything that a client, a generator or a reader needs beyond it. */
import { planExport } from '../export';
import { Readers } from '../input/readers';
import { planInput } from '../input/variables';
import { BASE_PATH } from '../mount';
import type { BoundOperation, Engine } from '../engine';
import { INFO, PARAMETERS, PLATFORM_PATHS, chapters } from './about';
import { parametersOf, requestBodyOf } from './requests';
import { errorComponents, headerComponents, problemFieldSchema, problemSchema, responsesOf } from './responses';
import { completeSchemas } from './schemas';
import type { OpenApiDocument, Operation, Schema } from './types';

export type { OpenApiDocument } from './types';

/** The same engine gives the same document, in the same order. */
export function buildOpenApi(engine: Engine): OpenApiDocument {
  const readers = new Readers();
  const paths: OpenApiDocument['paths'] = { ...PLATFORM_PATHS };
  for (const operation of engine.operations) {
    const { method, path } = operation.route;
    // SOFA has decided what exists; a route that it did not document would be a bug of ours.
    const made = engine.sofaDocument.paths[path]?.[method.toLowerCase()];
    if (!made) throw new Error(`SOFA has not documented ${method} ${path}.`);
    (paths[BASE_PATH + path] ??= {})[method.toLowerCase()] = completeOperation(operation, engine, readers);
  }
  const schemas: Record<string, Schema> = {
    ...completeSchemas(engine.sofaDocument, engine.restSchema),
    Problem: problemSchema(),
    ProblemField: problemFieldSchema(),
  };
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    security: [{ bearer: [] }],
    tags: chapters(new Set(Object.values(paths).flatMap((path) => Object.values(path).flatMap((operation) => operation.tags)))),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The access token of `POST /api/v1/auth/login`, or an API key, which also goes in the header `X-API-Key`.',
        },
      },
      parameters: { ...PARAMETERS },
      headers: headerComponents(),
      responses: errorComponents(),
      schemas: used({ paths, responses: errorComponents() }, schemas),
    },
  };
}

function completeOperation(operation: BoundOperation, engine: Engine, readers: Readers): Operation {
  const { route } = operation;
  const csv = planExport(operation);
  const plan = { operation, input: planInput(operation, readers), hasCsv: csv !== undefined, supergraph: engine.supergraph };
  const requestBody = requestBodyOf(plan);
  const parameters = parametersOf(plan);
  return {
    operationId: route.id,
    summary: firstSentence(operation.description) || route.id,
    description: [operation.description, permission(route.operation)].filter(Boolean).join('\n\n'),
    tags: [route.operation.domain],
    security: security(route.operation),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody ? { requestBody } : {}),
    responses: responsesOf(plan, csv?.plan, requestBody !== undefined),
  };
}

type Access = BoundOperation['route']['operation'];

/** Alternatives: any one of the scopes is enough. */
function security(access: Access): Operation['security'] {
  if (access.public) return [];
  return access.scopes.length > 0 ? access.scopes.map((scope) => ({ bearer: [scope] })) : [{ bearer: [] }];
}

function permission(access: Access): string {
  if (access.scopes.length === 0) return '';
  return `Needs the permission ${access.scopes.map((scope) => `\`${scope}\``).join(' or ')}.`;
}

function firstSentence(text: string): string {
  return (/^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text).replace(/\.$/, '').replace(/\s+/g, ' ').trim();
}

/** The schemas that something refers to, and those that they refer to. */
function used(root: unknown, schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const names = new Set<string>();
  const follow = (node: unknown): void => {
    for (const [, name] of JSON.stringify(node).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (names.has(name!)) continue;
      names.add(name!);
      follow(schemas[name!]);
    }
  };
  follow(root);
  return Object.fromEntries([...names].sort().map((name) => [name, schemas[name]!]));
}
