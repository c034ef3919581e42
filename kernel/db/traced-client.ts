import { Client, type QueryResult } from 'pg';
import type { Tracing } from '../traces';

/** The first write of a statement, also of one that begins with `with`; then the first table that it reads, and its first word. */
const WRITE = /\b(?:(insert) into|(delete) from|(update)(?=\s+\w+(?:\s+(?:as\s+)?\w+)?\s+set\b))\s+(\w+)/i;
const TABLE = /\bfrom\s+([a-z_]\w*)\b(?!\s*\()/i;
const VERB = /^\s*(\w+)/;

type Finished = (error: Error | null, result: QueryResult) => void;

/** A connection with a span for each statement: its text, and never the values of its parameters. */
export function tracedClient(tracing: Tracing): typeof Client {
  /** The methods of the driver have more forms than types can say; these are all that the pools use. */
  type Query = (statement: string | { text: string; submit?: unknown }, ...rest: unknown[]) => unknown;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- It is called with its connection below.
  const send = Client.prototype.query as unknown as Query;
  class TracedClient extends Client {}
  const query: Query = function (this: Client, statement, ...rest) {
    const text = typeof statement === 'string' ? statement : statement.text;
    // A stream of COPY is an object that sends itself.
    const isPlain = typeof statement === 'string' || statement.submit === undefined;
    const span = isPlain ? tracing.begin({ name: nameOf(text), ...describe(text) }) : undefined;
    if (!span) return send.call(this, statement, ...rest);
    const end = (error: unknown) => span.end({}, error ? codeOf(error) : undefined);
    const callback = rest.at(-1);
    if (typeof callback === 'function') {
      const finished: Finished = (error, result) => {
        end(error);
        (callback as Finished)(error, result);
      };
      return send.call(this, statement, ...rest.slice(0, -1), finished);
    }
    const answer = send.call(this, statement, ...rest) as Promise<QueryResult>;
    void answer.then(() => end(undefined), end);
    return answer;
  };
  Object.defineProperty(TracedClient.prototype, 'query', { value: query });
  return TracedClient;
}

/** Such as "insert orders", "select products" or "commit": names are few, so that receivers can group by them. */
function nameOf(text: string): string {
  const [, insert, remove, update, written] = WRITE.exec(text) ?? [];
  if (written !== undefined) return `${(insert ?? remove ?? update)!.toLowerCase()} ${written}`;
  const table = TABLE.exec(text)?.[1];
  const verb = (VERB.exec(text)?.[1] ?? 'statement').toLowerCase();
  return table === undefined ? verb : `${verb === 'with' ? 'select' : verb} ${table}`;
}

function describe(text: string) {
  return {
    kind: 'client' as const,
    attributes: { 'db.system.name': 'postgresql', 'db.query.text': text.trim() },
  };
}

/** The SQLSTATE; the message of an error may have the values of a row. */
function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? 'INTERNAL';
}
