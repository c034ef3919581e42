/** The routes of the REST layer, declared by the `@rest` directives of the supergraph. */
import { pascal } from './casing';
import { parseJsonText, type OperationInfo, type SupergraphInfo } from './supergraph';

export type RestMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RestRoute {
  /** Unique: the operation's name in the graph, with a suffix for its second and third route. */
  readonly id: string;
  readonly operation: OperationInfo;
  readonly method: RestMethod;
  /** Below the base path, with names in braces: "/products/{id}". */
  readonly path: string;
  /** The names in braces, in order: the name in the path, and its argument, both in snake_case. */
  readonly pathParameters: readonly { readonly name: string; readonly argument: string }[];
  /** Names in the query string, in snake_case, by the arguments that they fill, where the two differ. */
  readonly queryNames: ReadonlyMap<string, string>;
  /** The status of a success: 200, 201 or 202. */
  readonly status: number;
  /** The nested list, in snake_case, that CSV and XLSX unfold into one row per entry. */
  readonly csv: string | undefined;
  /** Fields of the answer's type from other domains that this route shows, in snake_case. */
  readonly include: readonly string[];
  /** A request body for the documentation, in place of the fields' own examples. */
  readonly example: unknown;
}

const METHODS: ReadonlySet<unknown> = new Set<RestMethod>(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
// `{id=customer_id}` is named `id` in the path and fills the argument `customerId`.
const PATH = /^(\/([a-z0-9-]+|\{[a-z][a-z0-9_]*(=[a-z][a-z0-9_]*)?\}))+$/;

/**
 * All routes, ordered by path and method, so that generated files are stable.
 * @throws Error at start-up for an invalid directive, or two routes on one method and path.
 */
export function routesOf(supergraph: SupergraphInfo): RestRoute[] {
  const ids = new Set<string>();
  const taken = new Map<string, string>();
  const routes: RestRoute[] = [];
  for (const operation of supergraph.operations) {
    for (const [at, rest] of operation.rest.entries()) {
      const route = readRoute(
        operation,
        rest,
        routes.findLast((other) => other.operation === operation && at > 0),
        ids,
      );
      const place = `${route.method} ${route.path.replace(/\{\w+\}/g, '{}')}`;
      const other = taken.get(place);
      if (other) throw new Error(`@rest of ${operation.field}: ${place} belongs to ${other} already.`);
      taken.set(place, operation.field);
      routes.push(route);
    }
  }
  return routes.sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function readRoute(
  operation: OperationInfo,
  rest: Record<string, unknown>,
  before: RestRoute | undefined,
  ids: Set<string>,
): RestRoute {
  const where = `@rest of ${operation.root}.${operation.field}`;
  const { method, path, status = 200 } = rest;
  if (!METHODS.has(method)) throw new Error(`${where}: there is no method ${JSON.stringify(method)}.`);
  if (typeof path !== 'string' || !PATH.test(path))
    throw new Error(`${where}: the path ${JSON.stringify(path)} is not well formed.`);
  if (status !== 200 && status !== 201 && status !== 202)
    throw new Error(`${where}: the status must be 200, 201 or 202.`);
  const route = {
    id: '',
    operation,
    method: method as RestMethod,
    path: path.replace(/=\w+\}/g, '}'),
    pathParameters: Array.from(path.matchAll(/\{(\w+)(?:=(\w+))?\}/g), ([, name, argument]) => ({
      name: name!,
      argument: argument ?? name!,
    })),
    queryNames: readQueryNames((rest.query as string[] | undefined) ?? [], where),
    status,
    csv: typeof rest.csv === 'string' ? rest.csv : undefined,
    include: (rest.include as string[] | undefined) ?? [],
    example: typeof rest.example === 'string' ? parseJsonText(rest.example, `${where}(example:)`) : undefined,
  };
  const id = uniqueId(route, before, ids);
  ids.add(id);
  return { ...route, id };
}

/** The caller's names of the arguments that a route names differently. */
export function callerNamesOf({ pathParameters, queryNames }: RestRoute): ReadonlyMap<string, string> {
  return new Map([...pathParameters.map(({ name, argument }) => [argument, name] as const), ...queryNames]);
}

/** Reads `q=search`: the query name `q` fills the argument `search`. */
function readQueryNames(texts: readonly string[], where: string): ReadonlyMap<string, string> {
  return new Map(
    texts.map((text) => {
      const [, name, argument] = /^([a-z_]+)=([a-z_]+)$/.exec(text) ?? [];
      if (!name || !argument)
        throw new Error(`${where}(query:): "${text}" is not of the form name=argument.`);
      return [argument, name];
    }),
  );
}

/** A client generated from the OpenAPI document names its methods after these, so a suffix names the difference. */
function uniqueId(route: RestRoute, before: RestRoute | undefined, ids: ReadonlySet<string>): string {
  const { field } = route.operation;
  const place = pascal(route.path.split('/')[1]!);
  const verb = pascal(route.method.toLowerCase());
  const wanted =
    before && before.method !== route.method ? [verb, place, verb + place] : [place, verb, verb + place];
  const names = [...(before ? [] : ['']), ...wanted].map((suffix) => field + suffix);
  const free = names.find((name) => !ids.has(name));
  if (!free) throw new Error(`@rest of ${field}: no operationId is left for ${route.method} ${route.path}.`);
  return free;
}
