/** The API of the running platform, for commands that work as a client. */
import type { Config } from '#kernel/config';
import { revokeApiKey } from '#subgraphs/auth/index';
import { UsageError } from './errors';
import { operatorContext } from './operator';
import { chooseOrganization, readSettings, withServices } from './services';
import { createKey, findOwner } from './token';

/** The platform cannot be reached, or does not answer any more. */
export class ConnectionLostError extends Error {}

/** An error that the API answered. */
class ApiError extends Error {}

export interface Api {
  /** @param route after `/api/v1`. @throws ConnectionLostError, ApiError */
  fetch(route: string, init?: RequestInit): Promise<Response>;
  /** Whether the platform answers. */
  isReady(): Promise<boolean>;
}

/** A key for an import of many hours; it is revoked when the work ends. */
const KEY_LIFETIME_MS = 24 * 3_600_000;

/**
 * Runs work with the API: that of POSPRO_URL with the key POSPRO_TOKEN, or that of this machine with a key which is made for the work in
 * the database of the settings.
 * @throws UsageError if the platform does not run.
 */
export async function withApi<Result>(
  organization: string | undefined,
  work: (api: Api) => Promise<Result>,
): Promise<Result> {
  const { POSPRO_TOKEN: token, POSPRO_URL: named } = process.env;
  if (token) {
    const url = named ?? localUrl(readSettings());
    return work(await openApi(url, token));
  }
  const config = readSettings();
  const url = named ?? localUrl(config);
  await requirePlatform(url);
  return withServices(config, async (services) => {
    const { id: organizationId } = await chooseOrganization(services, organization);
    const owner = await findOwner(services, organizationId);
    const key = await createKey(services, owner, { name: 'pospro', lifetimeMs: KEY_LIFETIME_MS });
    try {
      return await work(apiOf(url, key.secret));
    } finally {
      const input = { id: key.id };
      await revokeApiKey(operatorContext(services, organizationId, { name: 'revokeApiKey', input }), key.id);
    }
  });
}

function localUrl({ host, port }: Config): string {
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
}

async function openApi(url: string, token: string): Promise<Api> {
  await requirePlatform(url);
  return apiOf(url, token);
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}

async function requirePlatform(url: string): Promise<void> {
  if (await isReady(url)) return;
  throw new UsageError(
    `No platform answers at ${url}. Start it with "pospro start", or name another in POSPRO_URL with its API key in POSPRO_TOKEN.`,
  );
}

function apiOf(url: string, token: string): Api {
  return {
    isReady: () => isReady(url),
    async fetch(route, { headers, ...init } = {}) {
      let response;
      try {
        response = await fetch(`${url}/api/v1${route}`, {
          ...init,
          headers: { ...(headers as Record<string, string>), authorization: `Bearer ${token}` },
        });
      } catch (error) {
        throw new ConnectionLostError(`${url} does not answer any more.`, { cause: error });
      }
      if (response.ok) return response;
      const text = await response.text();
      // A proxy whose server is away, and a server that stops.
      if (response.status === 502 || response.status === 503) throw new ConnectionLostError(textOf(text));
      throw new ApiError(textOf(text));
    },
  };
}

/** The message of a problem document, with its field errors. */
function textOf(body: string): string {
  try {
    const {
      title,
      detail,
      errors = [],
    } = JSON.parse(body) as {
      title?: string;
      detail?: string;
      errors?: { field: string; message: string }[];
    };
    const fields = errors.map(({ field, message }) => `  ${field}: ${message}`);
    return [detail ?? title ?? body, ...fields].join('\n');
  } catch {
    return body.slice(0, 500);
  }
}
