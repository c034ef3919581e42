/**
 * The only place that reads the environment. Every setting is validated before anything starts, and all errors
 * are reported together, because an operator would rather correct five settings at once than one per restart.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { isAddressRange } from './ip-addresses';
import { PAGE_NAMES, type PageName } from './page-names.rules';
import { nearMisses } from './setting-names.rules';
import type { RedisAddress } from './redis/redis-address.rules';
import {
  count,
  flag,
  list,
  otlpUrl,
  pageNames,
  postgresUrl,
  redisUrl,
  subgraphUrlsOf,
  tracingOf,
} from './setting-types';

const environment = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8000),
  PROCESSES: z
    .union([z.literal('auto'), z.coerce.number().int().min(1).max(64)], {
      error: 'must be a number from 1 to 64, or auto',
    })
    .default(1),
  PROCESS_NUMBER: z.coerce.number().int().positive().optional(),
  DATA_DIR: z.string().default('.pospro'),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_REPLICA_URL: postgresUrl.optional(),
  DATABASE_REPLICA_MAX_LAG_SECONDS: z.coerce.number().positive().default(10),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(10),
  REDIS_URL: redisUrl.optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,40}$/, 'must be 1 to 40 letters, digits, dots, dashes and underscores')
    .default('pospro'),
  JWT_SECRET: z.string().min(32, 'must have 32 characters at least').optional(),
  DEMO: flag.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  INTROSPECTION: flag.default(true),
  TRUSTED_DOCUMENTS: list.default([]),
  TRUSTED_DOCUMENTS_ONLY: flag.default(false),
  PAGES: pageNames.default(PAGE_NAMES),
  COMPRESSION: flag.default(true),
  CORS_ORIGINS: list.default([]),
  TRUSTED_PROXIES: list.default([]),
  ADMIN_IP_ALLOW: list.default([]),
  RATE_LIMIT_PER_MINUTE: count.default(100),
  RATE_LIMIT_LOGINS_PER_MINUTE: count.default(10),
  RATE_LIMIT_VISITORS_PER_MINUTE: count.default(100),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  MAIL_FROM: z.string().min(3).default('PosPro <no-reply@localhost>'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  STORAGE_URL: z.url({ protocol: /^s3$/, error: 'must be an s3://bucket/prefix URL' }).optional(),
  METRICS_TOKEN: z.string().min(16, 'must have 16 characters at least').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: otlpUrl.optional(),
  OTEL_SERVICE_NAME: z.string().default('pospro'),
  BODY_LIMIT_BYTES: z.coerce.number().int().min(1024).default(1_048_576),
  UPLOAD_LIMIT_BYTES: z.coerce.number().int().min(1024).default(104_857_600),
  MAX_DEPTH: count.default(12),
  MAX_ALIASES: count.default(30),
  MAX_TOKENS: count.default(4000),
  MAX_COST: count.default(20_000),
  PAYMENT_PROVIDER: z.enum(['manual', 'sandbox', 'stripe']).optional(),
  STRIPE_SECRET_KEY: z.string().min(8, 'must have 8 characters at least').optional(),
  STRIPE_WEBHOOK_SECRET: z.string().min(8, 'must have 8 characters at least').optional(),
  STRIPE_API_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  SHIPPING_CARRIER: z.enum(['manual', 'sandbox', 'easypost']).optional(),
  EASYPOST_API_KEY: z.string().min(8, 'must have 8 characters at least').optional(),
  EASYPOST_WEBHOOK_SECRET: z.string().min(8, 'must have 8 characters at least').optional(),
  EASYPOST_API_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  WEBHOOK_ALLOW_HTTP: flag.default(false),
  WEBHOOK_ALLOW_PRIVATE: flag.default(false),
  PLATFORM_ORGANIZATION_ID: z.uuid().optional(),
  BACKUP_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits, for example of "openssl rand -hex 32"')
    .optional(),
  BACKUP_URL: z.url({ protocol: /^s3$/, error: 'must be an s3://bucket/prefix URL' }).optional(),
  BACKUP_EVERY_HOURS: z.coerce.number().nonnegative().default(0),
  BACKUP_KEEP: z.coerce.number().int().min(1).default(7),
  BACKUP_MIN_FREE_PERCENT: z.coerce.number().min(0).max(100).default(10),
  LAG_LIMIT_SECONDS: z.coerce.number().positive().default(60),
  SHUTDOWN_DRAIN_MS: count.default(0),
  SHUTDOWN_GRACE_MS: count.default(10_000),
  OVERLOAD_WAIT_MS: count.default(1_000),
  OVERLOAD_LOOP_DELAY_MS: count.default(500),
  SUBGRAPH_URLS: list.default([]),
  ROUTER_TOKEN: z.string().min(32, 'must have 32 characters at least').optional(),
});

/** The names of all settings. */
export const SETTING_NAMES: readonly string[] = Object.keys(environment.shape);

export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  /** Number of processes that serve behind the port. */
  readonly processes: number;
  /** The number of this process among several, from 1; undefined for one alone. Set by the process that starts them. */
  readonly processNumber: number | undefined;
  /** The folder of the embedded database, uploads and similar files; absolute. */
  readonly dataDir: string;
  /** Undefined means: run the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** The streaming replica for reports, and the lag from which they are read on the primary; undefined means: always there. */
  readonly replica: { readonly url: string; readonly maxLagMs: number } | undefined;
  readonly poolSize: number;
  /** The Redis that processes share; undefined means: each process for itself. */
  readonly redis:
    | {
        readonly address: RedisAddress;
        /** The beginning of all keys and channels. */
        readonly prefix: string;
      }
    | undefined;
  readonly jwtSecret: string;
  /** Whether the demo shop is created on an empty database. Defaults to false if a database is configured. */
  readonly demo: boolean;
  readonly logLevel: string;
  readonly introspection: boolean;
  /** Files with the documents of front ends (gateway/documents/trusted-documents.ts). */
  readonly trustedDocuments: readonly string[];
  /** Whether GraphQL admits no other documents. */
  readonly trustedDocumentsOnly: boolean;
  /** The pages for people that are served; `docs` means /docs and /redoc. */
  readonly pages: readonly PageName[];
  /** Whether answers are compressed; off if a proxy does it. */
  readonly compression: boolean;
  readonly corsOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Addresses and CIDR ranges from which permissions `admin:…` may be used; empty means everywhere. */
  readonly adminIpAllow: readonly string[];
  readonly rateLimits: {
    /** Operations a minute, for each user and for each address without a user; 0 means no limit. */
    readonly perMinute: number;
    /** Attempts a minute to sign in and similar, for each address and account; 0 means no limit. */
    readonly loginsPerMinute: number;
    /** Operations a minute with a publishable key, for each address that sends it; 0 means no limit. */
    readonly visitorsPerMinute: number;
  };
  readonly mail: {
    /** Undefined means: mails go to the log and to `<dataDir>/mail`. */
    readonly smtpUrl: string | undefined;
    readonly from: string;
  };
  /** The public address of the platform, without a slash at its end; the base of links in mails. */
  readonly publicUrl: string;
  /**
   * `s3://[key:secret@]bucket/prefix?region=…&endpoint=…`; undefined means: files are stored in
   * `<dataDir>/media`.
   */
  readonly storageUrl: string | undefined;
  /** If set, `/metrics` requires it as a bearer token; otherwise only loopback may read. */
  readonly metricsToken: string | undefined;
  /** The receiver of traces; undefined means that there are none. */
  readonly tracing: { readonly url: string; readonly serviceName: string } | undefined;
  readonly bodyLimitBytes: number;
  readonly uploadLimitBytes: number;
  readonly limits: {
    readonly depth: number;
    readonly aliases: number;
    readonly tokens: number;
    readonly cost: number;
  };
  readonly payments: {
    /** The provider of card payments, unless the organization has another one. Defaults to the sandbox; in production, to manual. */
    readonly cardProvider: 'manual' | 'sandbox' | 'stripe';
    /** The account of all organizations without their own. */
    readonly stripeSecretKey: string | undefined;
    readonly stripeWebhookSecret: string | undefined;
    /** Undefined means Stripe's own address. */
    readonly stripeApiUrl: URL | undefined;
  };
  readonly shipping: {
    /** The carrier of labels, unless the organization has another one. Defaults to the sandbox; in production, to manual. */
    readonly carrier: 'manual' | 'sandbox' | 'easypost';
    /** The account of all organizations without their own. */
    readonly easypostApiKey: string | undefined;
    readonly easypostWebhookSecret: string | undefined;
    /** Undefined means EasyPost's own address. */
    readonly easypostApiUrl: URL | undefined;
  };
  readonly webhooks: {
    /** Whether webhooks may use http:// addresses, which anyone on the way can read. */
    readonly allowHttp: boolean;
    /** Whether webhooks may use private, loopback and link-local addresses. */
    readonly allowPrivate: boolean;
  };
  /** The organization that operates the platform, and so makes its backups. Undefined means the first one. */
  readonly platformOrganizationId: string | undefined;
  readonly backup: {
    /** 32 bytes; undefined means that backups are not encrypted. */
    readonly key: Buffer | undefined;
    /** The bucket of the files, `s3://…`; undefined keeps them in the data folder. */
    readonly url: string | undefined;
    /** Hours between two scheduled backups; 0 means that none are scheduled. */
    readonly everyHours: number;
    /** Number of scheduled backups to keep. */
    readonly keep: number;
    /** With less free space on the disk, no backup is started. */
    readonly minFreePercent: number;
  };
  /** The age of the oldest waiting event or audit entry from which the platform counts as degraded. */
  readonly lagLimitSeconds: number;
  /** Time for which a stop serves the connections that are open, in milliseconds; for proxies. */
  readonly shutdownDrainMs: number;
  /** Time that a stop waits for requests in flight after that, in milliseconds. */
  readonly shutdownGraceMs: number;
  /** Signs of overload, at which new requests are rejected; 0 means no limit. */
  readonly overload: {
    /** Time that a request has waited for a connection to the database, in milliseconds. */
    readonly waitMs: number;
    /** Delay of the event loop, in milliseconds. */
    readonly loopDelayMs: number;
  };
  /** The addresses of subgraphs in other processes, by their names. */
  readonly subgraphUrls: ReadonlyMap<string, URL>;
  /** By which a router other than PosPro's gateway may ask the subgraphs; undefined means that none may. */
  readonly routerToken: string | undefined;
}

/** Thrown for invalid settings; its message lists all of them, one per line. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(['The configuration is not valid:', ...faults.map((fault) => `  - ${fault}`)].join('\n'));
    this.name = 'ConfigError';
  }
}

/** Number of processes for which the connections of the embedded PostgreSQL are enough. */
const MAX_ON_EMBEDDED = 8;

/** One process for each core; the embedded PostgreSQL has connections for eight. */
function processesOf({ PROCESSES, DATABASE_URL }: Environment): number {
  if (PROCESSES !== 'auto') return PROCESSES;
  const cores = availableParallelism();
  return DATABASE_URL === undefined ? Math.min(cores, MAX_ON_EMBEDDED) : cores;
}

/** Errors that no single setting shows: of production, of features that are missing, and of address ranges. */
function deploymentFaults(
  given: Record<string, string | undefined>,
  adminRanges: readonly string[],
): string[] {
  const faults: string[] = [];
  if (given.SUBGRAPH_URLS && !given.JWT_SECRET)
    faults.push('JWT_SECRET is missing; with SUBGRAPH_URLS all processes must share it');
  if (!given.DATABASE_URL && Number(given.PROCESSES) > MAX_ON_EMBEDDED)
    faults.push(`PROCESSES is ${given.PROCESSES}; with the embedded PostgreSQL at most ${MAX_ON_EMBEDDED}`);
  for (const range of adminRanges) {
    if (!isAddressRange(range))
      faults.push(
        `ADMIN_IP_ALLOW has "${range}", which is neither an address nor a CIDR range such as 10.0.0.0/8`,
      );
  }
  if (given.NODE_ENV === 'production') {
    if (!given.JWT_SECRET)
      faults.push('JWT_SECRET is missing; production does not start without it (32 characters at least)');
    if (!given.DATABASE_URL)
      faults.push('DATABASE_URL is missing; production does not run on the embedded database');
  }
  return faults;
}

type Environment = z.infer<typeof environment>;

/** The providers of payments and labels: outside of production, those that need no account. */
function providersOf(e: Environment): Pick<Config, 'payments' | 'shipping'> {
  const embedded = e.NODE_ENV === 'production' ? 'manual' : 'sandbox';
  return {
    payments: {
      cardProvider: e.PAYMENT_PROVIDER ?? embedded,
      stripeSecretKey: e.STRIPE_SECRET_KEY,
      stripeWebhookSecret: e.STRIPE_WEBHOOK_SECRET,
      stripeApiUrl: e.STRIPE_API_URL === undefined ? undefined : new URL(e.STRIPE_API_URL),
    },
    shipping: {
      carrier: e.SHIPPING_CARRIER ?? embedded,
      easypostApiKey: e.EASYPOST_API_KEY,
      easypostWebhookSecret: e.EASYPOST_WEBHOOK_SECRET,
      easypostApiUrl: e.EASYPOST_API_URL === undefined ? undefined : new URL(e.EASYPOST_API_URL),
    },
  };
}

/**
 * Reads the settings.
 * @throws ConfigError naming every invalid setting.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  const faults = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  faults.push(...nearMisses(Object.keys(given), Object.keys(environment.shape)));
  faults.push(...deploymentFaults(given, parsed.data?.ADMIN_IP_ALLOW ?? []));
  const subgraphUrls = subgraphUrlsOf(parsed.data?.SUBGRAPH_URLS ?? [], faults);
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const e = parsed.data;
  return {
    production: e.NODE_ENV === 'production',
    host: e.HOST,
    port: e.PORT,
    processes: processesOf(e),
    processNumber: e.PROCESS_NUMBER,
    dataDir: path.resolve(e.DATA_DIR),
    databaseUrl: e.DATABASE_URL,
    replica: e.DATABASE_REPLICA_URL
      ? { url: e.DATABASE_REPLICA_URL, maxLagMs: e.DATABASE_REPLICA_MAX_LAG_SECONDS * 1000 }
      : undefined,
    poolSize: e.DATABASE_POOL_SIZE,
    redis: e.REDIS_URL && { address: e.REDIS_URL, prefix: e.REDIS_PREFIX },
    // Without a configured secret, tokens live as long as the process: fine for a first try, rejected in
    // production above.
    jwtSecret: e.JWT_SECRET ?? randomBytes(32).toString('base64url'),
    demo: e.DEMO ?? e.DATABASE_URL === undefined,
    logLevel: e.LOG_LEVEL,
    introspection: e.INTROSPECTION,
    trustedDocuments: e.TRUSTED_DOCUMENTS,
    trustedDocumentsOnly: e.TRUSTED_DOCUMENTS_ONLY,
    pages: e.PAGES,
    compression: e.COMPRESSION,
    corsOrigins: e.CORS_ORIGINS,
    trustedProxies: e.TRUSTED_PROXIES,
    adminIpAllow: e.ADMIN_IP_ALLOW,
    rateLimits: {
      perMinute: e.RATE_LIMIT_PER_MINUTE,
      loginsPerMinute: e.RATE_LIMIT_LOGINS_PER_MINUTE,
      visitorsPerMinute: e.RATE_LIMIT_VISITORS_PER_MINUTE,
    },
    mail: { smtpUrl: e.SMTP_URL, from: e.MAIL_FROM },
    publicUrl: (e.PUBLIC_URL ?? `http://localhost:${e.PORT}`).replace(/\/+$/, ''),
    storageUrl: e.STORAGE_URL,
    metricsToken: e.METRICS_TOKEN,
    tracing: tracingOf(e),
    bodyLimitBytes: e.BODY_LIMIT_BYTES,
    uploadLimitBytes: e.UPLOAD_LIMIT_BYTES,
    limits: { depth: e.MAX_DEPTH, aliases: e.MAX_ALIASES, tokens: e.MAX_TOKENS, cost: e.MAX_COST },
    ...providersOf(e),
    webhooks: { allowHttp: e.WEBHOOK_ALLOW_HTTP, allowPrivate: e.WEBHOOK_ALLOW_PRIVATE },
    platformOrganizationId: e.PLATFORM_ORGANIZATION_ID,
    backup: {
      key: e.BACKUP_KEY === undefined ? undefined : Buffer.from(e.BACKUP_KEY, 'hex'),
      url: e.BACKUP_URL,
      everyHours: e.BACKUP_EVERY_HOURS,
      keep: e.BACKUP_KEEP,
      minFreePercent: e.BACKUP_MIN_FREE_PERCENT,
    },
    lagLimitSeconds: e.LAG_LIMIT_SECONDS,
    shutdownDrainMs: e.SHUTDOWN_DRAIN_MS,
    shutdownGraceMs: e.SHUTDOWN_GRACE_MS,
    overload: { waitMs: e.OVERLOAD_WAIT_MS, loopDelayMs: e.OVERLOAD_LOOP_DELAY_MS },
    subgraphUrls,
    routerToken: e.ROUTER_TOKEN,
  };
}
