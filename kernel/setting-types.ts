/** Types of settings, each read from the text of an environment variable. */
import { z } from 'zod';
import { readPageNames } from './page-names.rules';
import { parseRedisAddress } from './redis/redis-address.rules';

/** Makes a type of a function; the message of the error that it throws is shown to the operator. */
const readBy =
  <From, To>(read: (text: From) => To) =>
  (text: From, context: { addIssue: (message: string) => void }): To => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue((error as Error).message);
      return z.NEVER;
    }
  };

export const flag = z.stringbool();
export const count = z.coerce.number().int().nonnegative();
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
export const pageNames = list.transform(readBy(readPageNames));
export const redisUrl = z.string().transform(readBy(parseRedisAddress));
export const otlpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' });
export const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' });

/** Reads `name=address` pairs. A pair of another form is an error of the configuration. */
export function subgraphUrlsOf(pairs: readonly string[], faults: string[]): ReadonlyMap<string, URL> {
  const urls = new Map<string, URL>();
  for (const pair of pairs) {
    const [, name, address] = /^([a-z][a-z0-9-]*)=(https?:\/\/\S+)$/.exec(pair) ?? [];
    if (name !== undefined && address !== undefined && URL.canParse(address))
      urls.set(name, new URL(address));
    else
      faults.push(
        `SUBGRAPH_URLS has "${pair}", which must be a name and an address, such as inventory=http://inventory:4001/inventory`,
      );
  }
  return urls;
}

interface TracingSettings {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
  readonly OTEL_SERVICE_NAME: string;
}

/** The receiver of traces: the address of all signals and a path, unless traces have an address of their own. */
export function tracingOf({
  OTEL_EXPORTER_OTLP_ENDPOINT: base,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own,
  OTEL_SERVICE_NAME: serviceName,
}: TracingSettings): { readonly url: string; readonly serviceName: string } | undefined {
  const url = own ?? (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  return url === undefined ? undefined : { url, serviceName };
}
