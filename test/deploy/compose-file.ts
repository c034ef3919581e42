/** docker-compose.yml as Docker reads it: with merged keys, and with values of the environment in place of `${…}`. */
import { parse } from 'yaml';
import { read, ROOT } from './files';

export const COMPOSE_FILE = `${ROOT}/docker-compose.yml`;

export interface Service {
  readonly profiles: readonly string[];
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, object>>;
  readonly stop_grace_period?: string;
}

type Variables = Readonly<Record<string, string>>;

/** The services of a size, by their names. @param variables the contents of .env. */
export function composeServices(size: string, variables: Variables): Record<string, Service> {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: object };
  const all = replaceIn(services, variables) as Record<string, Service>;
  return Object.fromEntries(Object.entries(all).filter(([, { profiles }]) => profiles.includes(size)));
}

/** The environment of a service's process: that of .env where the service reads it, then the service's own. */
export function environmentOf({ env_file = [], environment = {} }: Service, variables: Variables): Variables {
  return { ...(env_file.includes('.env') ? variables : {}), ...environment };
}

function replaceIn(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((one) => replaceIn(one, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, replaceIn(one, variables)]));
}

/** Replaces `${NAME}`, `${NAME:-default}` and `${NAME:?message}`; a default may contain others. @throws Error with the message. */
export function interpolate(text: string, variables: Variables): string {
  const start = text.indexOf('${');
  if (start < 0) return text;
  let end = start + 2;
  for (let depth = 1; depth > 0; end += 1) {
    if (end >= text.length) throw new Error(`A brace is missing in ${text}`);
    if (text[end] === '}') depth -= 1;
    else if (text.startsWith('${', end)) depth += 1;
  }
  const [, name, sign, rest] = /^([A-Z_]+)(?::([-?])([^]*))?$/.exec(text.slice(start + 2, end - 1)) ?? [];
  if (name === undefined) throw new Error(`Compose knows other forms than ${text}`);
  const given = variables[name] ?? '';
  if (given === '' && sign === '?') throw new Error(`${name}: ${rest}`);
  const value = given === '' && sign === '-' ? interpolate(rest!, variables) : given;
  return text.slice(0, start) + value + interpolate(text.slice(end), variables);
}
