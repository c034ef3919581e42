/** The operations of an OpenAPI document, and the requests that its own examples make up. */
export interface Holder {
  $ref?: string;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
  schema?: { example?: unknown; examples?: unknown[]; default?: unknown };
}

export interface Parameter extends Holder {
  name: string;
  in: string;
  required?: boolean;
}

export interface Operation {
  operationId: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Holder> };
  responses: Record<string, unknown>;
}

export interface Documented {
  method: string;
  path: string;
  operation: Operation;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** In which order the examples are called: reading comes first, what removes things last. */
export const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** All operations of a document. */
export function operationsOf({ paths }: Document): Documented[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      METHODS.includes(method) ? [{ method, path, operation }] : [],
    ),
  );
}

/** The request that the document's examples make up. */
export function requestOf(
  document: Document,
  { path, operation }: Documented,
): { url: string; body: unknown } {
  let url = path;
  const query = new URLSearchParams();
  for (const parameter of (operation.parameters ?? []).map((one) => resolved(document, one))) {
    const value = exampleOf(parameter);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (parameter.in === 'path') url = url.replace(`{${parameter.name}}`, encodeURIComponent(text));
    if (parameter.in === 'query' && parameter.required) query.set(parameter.name, text);
  }
  const json = operation.requestBody?.content['application/json'];
  return { url: query.size > 0 ? `${url}?${query.toString()}` : url, body: json && exampleOf(json) };
}

/** Follows a reference. */
export function resolved<Node extends { $ref?: string }>(document: Document, node: Node): Node {
  if (node.$ref === undefined) return node;
  let at = document as unknown as Record<string, unknown>;
  for (const key of node.$ref.slice(2).split('/'))
    at = at[key.replaceAll('~1', '/').replaceAll('~0', '~')] as Record<string, unknown>;
  return at as unknown as Node;
}

function exampleOf(holder: Holder): unknown {
  const first = Object.values(holder.examples ?? {})[0]?.value;
  return (
    holder.example ??
    first ??
    holder.schema?.example ??
    holder.schema?.examples?.[0] ??
    holder.schema?.default
  );
}
