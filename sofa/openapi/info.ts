/** The parts of the document outside the schemas: title, chapters, security schemes, and the paths outside the graph. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { license, version } from '../../package.json';
import domains from '../../subgraphs/domains.json';
import { refTo, type MediaType, type Operation, type Parameter, type Schema } from './types';

export const INFO = {
  title: 'PosPro API',
  version,
  description: readFileSync(path.join(__dirname, 'guide.md'), 'utf8').trim(),
  license: { name: license, identifier: license },
};

const PLATFORM = { name: 'platform', description: 'Health and metrics, for operators.' };

/** A chapter for each domain whose operations are used, in the order of domains.json; the platform comes last. */
export function chapters(used: ReadonlySet<string>): { name: string; description: string }[] {
  const known = [...domains.map(({ name, description }) => ({ name, description })), PLATFORM];
  const others = [...used].filter((tag) => known.every(({ name }) => name !== tag)).sort();
  return [
    ...known.filter(({ name }) => used.has(name)),
    ...others.map((name) => ({ name, description: `Operations of ${name}.` })),
  ];
}

/** The ways in which a caller authenticates. */
export const SECURITY_SCHEMES: Readonly<Record<string, Record<string, string>>> = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'The access token of `POST /api/v1/auth/login`. If `apiKey` is listed as well, an API key (`pospro_sk_…`) may be sent as bearer token, too.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description:
      'An API key of `POST /api/v1/auth/api-keys`. It has the permissions it was created with, and no more than its creator has.',
  },
  metricsToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The setting `METRICS_TOKEN`.',
  },
};

/**
 * Operations for people only: an API key has no password, no second factor and no sessions. The domain rejects API keys itself; a
 * test compares this list with its behaviour.
 */
export const PERSONS_ONLY: ReadonlySet<string> = new Set([
  'changePassword',
  'confirmTwoFactor',
  'createApiKey',
  'disableTwoFactor',
  'enrollTwoFactor',
  'logout',
  'revokeSession',
  'sessions',
]);

/** Public operations that do something else for a signed-in caller, which needs a permission. */
export const SIGNED_IN_TOO: ReadonlySet<string> = new Set(['registerUser']);

export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Makes a retry safe: the same key with the same body gets the first answer again. Any text, for example a UUID.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: false,
    description:
      'Optional; the `ETag` that was read, for example `"3"`. If the current version is another one, nothing is written and the answer is 412. Accepts several tags, and `*` for any version.',
    schema: { type: 'string' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The `ETag` of an earlier answer; 304 if it is still current.',
    schema: { type: 'string' },
  },
};

/** Background work that runs a moment after a commit. */
const BACKLOG: Schema = {
  type: 'object',
  properties: {
    status: {
      type: 'string',
      enum: ['ok', 'degraded', 'failed'],
      description: 'Degraded: late. Failed: the check itself failed.',
    },
    waiting: {
      type: ['integer', 'null'],
      description: 'Number of waiting entries; 10000 means that or more.',
    },
    oldest_seconds: { type: ['number', 'null'], description: 'Age of the oldest waiting entry.' },
    last_error: {
      type: ['object', 'null'],
      description: 'The last failed round.',
      properties: { at: { type: 'string', format: 'date-time' }, code: { type: 'string' } },
      required: ['at', 'code'],
    },
  },
  required: ['status', 'waiting', 'oldest_seconds', 'last_error'],
};

function health(status: 'ok' | 'failed'): MediaType {
  const check = (broken: 'degraded' | 'failed', description: string): Schema => ({
    type: 'object',
    description,
    properties: { status: { type: 'string', enum: ['ok', broken] }, latency_ms: { type: 'number' } },
    required: ['status', 'latency_ms'],
  });
  const checks = {
    database: check('failed', 'The primary; without it the platform cannot serve.'),
    redis: check('degraded', 'Only where `REDIS_URL` names one.'),
    replica: check('degraded', 'Only where `DATABASE_REPLICA_URL` names one.'),
    outbox_relay: { ...BACKLOG, description: 'Events that wait for their publication.' },
    audit_sealer: { ...BACKLOG, description: 'Entries of the audit trail that wait for their seal.' },
    order_totals: { ...BACKLOG, description: 'Business days whose running totals differ from their orders.' },
  };
  const properties: Record<string, Schema> = {
    status: { type: 'string', enum: ['ok', 'degraded', 'failed', 'stopping'] },
    version: { type: 'string' },
    uptime: { type: 'integer', description: 'Seconds since the start.' },
    checks: { type: 'object', description: 'Each dependency.', properties: checks },
  };
  const idle = { status: 'ok', waiting: 0, oldest_seconds: null, last_error: null };
  const seen = { database: { status, latency_ms: 1 }, outbox_relay: idle, audit_sealer: idle };
  const example = { status, version, uptime: 3600, checks: seen };
  return { schema: { type: 'object', properties, required: Object.keys(properties) }, example };
}

/** The routes of the gateway outside the graph. */
export const PLATFORM_PATHS: Readonly<Record<string, Record<string, Operation>>> = {
  '/health': {
    get: {
      operationId: 'health',
      summary: 'Whether the platform is up, with each dependency',
      description: 'Whether the platform is up, with each dependency. For load balancers and probes.',
      tags: ['platform'],
      security: [],
      responses: {
        '200': {
          description: 'The platform is ready for requests; degraded if background work is late.',
          content: { 'application/json': health('ok') },
        },
        '429': refTo('responses', 'RateLimited'),
        '503': {
          description: 'The platform is stopping, or a dependency fails.',
          content: { 'application/json': health('failed') },
        },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'Metrics for Prometheus',
      description:
        'Metrics for Prometheus. Requires the metrics token as bearer token if one is set, and otherwise answers only loopback.',
      tags: ['platform'],
      security: [{ metricsToken: [] }],
      responses: {
        '200': {
          description: 'The metrics in the text format of Prometheus.',
          content: {
            'text/plain': { schema: { type: 'string' }, example: 'process_cpu_seconds_total 1.5\n' },
          },
        },
        '401': refTo('responses', 'Unauthenticated'),
        '403': refTo('responses', 'Forbidden'),
      },
    },
  },
};
