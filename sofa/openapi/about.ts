/** The parts of the document that no schema says: what the API is, its chapters, and the paths outside the graph. */
import { license, version } from '../../package.json';
import { refTo, type MediaType, type Operation, type Parameter, type Schema } from './types';

export const INFO = {
  title: 'PosPro API',
  version,
  description: [
    'Point of sale, catalogue, stock, orders and reports of a shop, over plain HTTP. The same operations are served as GraphQL',
    'on `/graphql`; names are snake_case here and camelCase there.',
    '',
    '- **Signing in**: `POST /api/v1/auth/login`, then `Authorization: Bearer <access_token>`.',
    '- **Amounts** are decimal strings: `"12.50"`. Numbers are accepted.',
    '- **Lists** have `items`, `total`, `page`, `size`, `pages` and `next_cursor`; follow `page` or `cursor`, sort by `sort=-name`.',
    '- **CSV**: every GET answers it with `?format=csv` or `Accept: text/csv`, a list whole.',
    '- **Errors** are `application/problem+json`; `code` is for programs, `errors` names the fields, `request_id` finds the log.',
    '- **Retries**: send an `Idempotency-Key`; the same key and body gets the first answer again.',
  ].join('\n'),
  license: { name: license, identifier: license },
};

/** The domains in the order in which they are shown; one that is not named here comes last. */
const CHAPTERS: Readonly<Record<string, string>> = {
  auth: 'Signing in, organizations, branches, users, roles and permissions.',
  catalog: 'Products, variants, barcodes, categories, brands and tax classes.',
  inventory: 'Warehouses, stock levels, the ledger of movements, transfers and valuation.',
  registers: 'Registers, their sessions, the cash drawer, X-reports and Z-reports.',
  customers: 'Customers, their addresses, credit and history.',
  marketing: 'Campaigns, discount codes and loyalty points.',
  payments: 'Payments, refunds and payment methods.',
  orders: 'Orders from draft to delivery, refunds, carts and order statistics.',
  pos: 'The till: scan, price, check out, print receipts.',
  analytics: 'Sales, customers and products in figures, and financial reports.',
  shipping: 'Shipping providers, rates, shipments and tracking.',
  vendors: 'Vendors of the marketplace, their orders, commissions and payouts.',
  support: 'Support tickets.',
  i18n: 'Currencies, exchange rates, languages and translations.',
  admin: 'The platform itself: status, audit trail, settings, backup.',
  platform: 'Health and metrics, for those who run it.',
};

export function chapters(used: ReadonlySet<string>): { name: string; description: string }[] {
  const others = [...used].filter((name) => !(name in CHAPTERS)).sort();
  const known = Object.entries(CHAPTERS).filter(([name]) => used.has(name));
  return [...known, ...others.map((name) => [name, `Operations of ${name}.`] as const)].map(([name, description]) => ({
    name,
    description,
  }));
}

export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Makes a retry safe: the same key with the same body gets the first answer again. Any text, a UUID for example.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The `ETag` of an answer that the caller holds; 304 where it still holds good.',
    schema: { type: 'string' },
  },
};

function health(status: 'ok' | 'failed'): MediaType {
  const check: Schema = {
    type: 'object',
    properties: { status: { type: 'string', enum: ['ok', 'failed'] }, latency_ms: { type: 'number' } },
    required: ['status', 'latency_ms'],
  };
  const properties: Record<string, Schema> = {
    status: { type: 'string', enum: ['ok', 'failed', 'stopping'] },
    version: { type: 'string' },
    uptime: { type: 'integer', description: 'Seconds since the start.' },
    checks: { type: 'object', description: 'Each thing it depends upon.', properties: { database: check } },
  };
  const example = { status, version, uptime: 3600, checks: { database: { status, latency_ms: 1 } } };
  return { schema: { type: 'object', properties, required: Object.keys(properties) }, example };
}

/** What the gateway serves beside the graph. */
export const PLATFORM_PATHS: Readonly<Record<string, Record<string, Operation>>> = {
  '/health': {
    get: {
      operationId: 'health',
      summary: 'Whether the platform is up, and each thing it depends on',
      description: 'Whether the platform is up, and each thing it depends on. For load balancers and probes.',
      tags: ['platform'],
      security: [],
      responses: {
        '200': { description: 'It is ready for requests.', content: { 'application/json': health('ok') } },
        '429': refTo('responses', 'RateLimited'),
        '503': { description: 'It is stopping, or something fails.', content: { 'application/json': health('failed') } },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'Figures for Prometheus',
      description:
        'Figures for Prometheus. Asks for the metrics token as bearer token where one is set, and answers loopback only otherwise.',
      tags: ['platform'],
      security: [{ bearer: [] }],
      responses: {
        '200': {
          description: 'The figures in the text format of Prometheus.',
          content: { 'text/plain': { schema: { type: 'string' }, example: 'process_cpu_seconds_total 1.5\n' } },
        },
        '401': refTo('responses', 'Unauthenticated'),
        '403': refTo('responses', 'Forbidden'),
      },
    },
  },
};
