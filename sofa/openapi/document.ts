/** The OpenAPI 3.1 document: SOFA's, completed for clients, generators and readers. */
import { planExport } from '../export/send-export';
import { Readers } from '../input/readers';
import { planInput } from '../input/variables';
import { BASE_PATH } from '../mount';
import type { BoundOperation, Engine } from '../sofa-handlers';
import { codeSamples, LOCAL_HOST } from './code-samples';
import { INFO, PARAMETERS, PERSONS_ONLY, PLATFORM_PATHS, SECURITY_SCHEMES, chapters } from './info';
import { parametersOf, requestBodyOf } from './requests';
import {
  errorComponents,
  headerComponents,
  problemFieldSchema,
  problemSchema,
  responsesOf,
} from './responses';
import { inRestNames } from './rest-names';
import { completeSchemas } from './schemas';
import type { RootFieldInfo } from '../supergraph';
import type { OpenApiDocument, Operation, Schema } from './types';
import { webhooksOf } from './webhooks';

export type { OpenApiDocument } from './types';

/** The same engine gives the same document, in the same order. Descriptions name fields as REST does. */
export function buildOpenApi(engine: Engine): OpenApiDocument {
  return inRestNames(assemble(engine));
}

function assemble(engine: Engine): OpenApiDocument {
  const readers = new Readers();
  const paths: OpenApiDocument['paths'] = { ...PLATFORM_PATHS };
  for (const operation of engine.operations) {
    const { method, path } = operation.route;
    // SOFA determines the routes; an undocumented one would be a bug.
    const made = engine.sofaDocument.paths[path]?.[method.toLowerCase()];
    if (!made) throw new Error(`SOFA has not documented ${method} ${path}.`);
    (paths[BASE_PATH + path] ??= {})[method.toLowerCase()] = completeOperation(operation, engine, readers);
  }
  const schemas: Record<string, Schema> = {
    ...completeSchemas(engine.sofaDocument, engine.restSchema),
    Problem: problemSchema(),
    ProblemField: problemFieldSchema(),
  };
  const responses = used('responses', paths, errorComponents());
  const headers = used('headers', { paths, responses }, headerComponents());
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [
      { url: '/', description: 'The server that this document comes from.' },
      {
        url: 'http://{host}',
        description: 'A server by its host and port; at first one on this machine.',
        variables: { host: { default: LOCAL_HOST } },
      },
    ],
    security: [{ bearer: [] }, { apiKey: [] }],
    tags: chapters(
      new Set(
        Object.values(paths).flatMap((path) => Object.values(path).flatMap((operation) => operation.tags)),
      ),
    ),
    paths,
    ...(hasEvents(engine) && { webhooks: webhooksOf() }),
    components: {
      securitySchemes: SECURITY_SCHEMES,
      parameters: used('parameters', paths, PARAMETERS),
      headers,
      responses,
      schemas: used('schemas', { paths, responses }, schemas),
    },
  };
}

/** Whether the graph is one with events. */
function hasEvents({ operations }: Engine): boolean {
  return operations.some(({ route }) => route.operation.field === 'eventTypes');
}

function completeOperation(operation: BoundOperation, engine: Engine, readers: Readers): Operation {
  const { route } = operation;
  const table = planExport(operation);
  const plan = {
    operation,
    input: planInput(operation, readers),
    hasTables: table !== undefined,
    supergraph: engine.supergraph,
  };
  const requestBody = requestBodyOf(plan);
  const parameters = parametersOf(plan);
  const completed: Operation = {
    operationId: route.id,
    summary: summaryOf(operation.description) || route.id,
    description: [operation.description, permission(route.operation)].filter(Boolean).join('\n\n'),
    tags: [route.operation.domain],
    security: security(route.operation),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody ? { requestBody } : {}),
    responses: responsesOf(plan, table?.plan, requestBody !== undefined),
  };
  return { ...completed, 'x-codeSamples': codeSamples(route.method, BASE_PATH + route.path, completed) };
}

type Access = BoundOperation['route']['operation'];

/** Alternatives: any one of the scopes is enough, held by a person or by an API key. */
function security({ public: open, scopes, field }: Access): Operation['security'] {
  if (open) return [];
  const schemes = PERSONS_ONLY.has(field) ? ['bearer'] : ['bearer', 'apiKey'];
  const alternatives = scopes.length > 0 ? scopes.map((scope) => [scope]) : [[]];
  return schemes.flatMap((scheme) => alternatives.map((needed) => ({ [scheme]: needed })));
}

/** The sentence about the permissions of a root field; empty if it needs none. */
export function permission({ scopes }: RootFieldInfo): string {
  if (scopes.length === 0) return '';
  return `Needs the permission ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`;
}

/** A summary is one line of a menu: a longer sentence is cut before its details. */
const LONGEST_SUMMARY = 130;

function summaryOf(text: string): string {
  const sentence = (/^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text)
    .replace(/\.$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return sentence.length <= LONGEST_SUMMARY ? sentence : sentence.split(/[:;] | \(/)[0]!;
}

/** The components of a kind that are referenced, directly or indirectly. */
function used<Component>(
  kind: 'schemas' | 'responses' | 'headers' | 'parameters',
  root: unknown,
  components: Readonly<Record<string, Component>>,
): Record<string, Component> {
  const names = new Set<string>();
  const reference = new RegExp(`"#/components/${kind}/(\\w+)"`, 'g');
  const follow = (node: unknown): void => {
    for (const [, name] of JSON.stringify(node).matchAll(reference)) {
      if (names.has(name!)) continue;
      names.add(name!);
      follow(components[name!]);
    }
  };
  follow(root);
  return Object.fromEntries(Object.entries(components).filter(([name]) => names.has(name)));
}
