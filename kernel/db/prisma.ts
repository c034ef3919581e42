/**
 * Prisma for plain reads. Each organization has a client of its own face; behind all of them is one client over the tenant pool.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import { LRUCache } from 'lru-cache';
import { PrismaClient } from '#prisma/client/client';
import { prismaOrganization, type TenantPool } from './pool';

export type { PrismaClient };

/** Hands out clients bound to one organization, made on first use. */
export interface PrismaClients {
  forOrganization(organizationId: string): PrismaClient;
  close(): Promise<void>;
}

/** How many organizations keep their client; making one anew costs microseconds. */
const MAX_CLIENTS = 1_000;

export function createPrismaClients(pool: TenantPool): PrismaClients {
  const base = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  const clients = new LRUCache<string, PrismaClient>({ max: MAX_CLIENTS });
  return {
    forOrganization(organizationId) {
      let client = clients.get(organizationId);
      if (!client) {
        client = bindClient(base, organizationId);
        clients.set(organizationId, client);
      }
      return client;
    },
    close: () => base.$disconnect(),
  };
}

type ReadOne = (args: { where: Record<string, unknown> }) => Promise<unknown>;

function bindClient(base: PrismaClient, organizationId: string): PrismaClient {
  const fieldsOf = modelFields(base);
  /**
   * Prisma collects the findUnique calls of one tick into a single statement and sends it for the first caller: rows of that
   * caller's organization would reach the others, past row-level security. findFirst is never collected.
   */
  const first = (method: 'findFirst' | 'findFirstOrThrow') => {
    return ({ model, args }: { model: string; args: { where: object } }) => {
      const delegate = (base as unknown as Record<string, Record<string, ReadOne>>)[
        model[0]!.toLowerCase() + model.slice(1)
      ]!;
      const where = flattenWhere({ ...args.where }, fieldsOf(model));
      return prismaOrganization.run(organizationId, async () => delegate[method]!({ ...args, where }));
    };
  };
  const extended = base.$extends({
    name: 'organization',
    query: {
      $allModels: { findUnique: first('findFirst'), findUniqueOrThrow: first('findFirstOrThrow') },
      $allOperations: ({ args, query }) =>
        prismaOrganization.run(organizationId, async (): Promise<unknown> => query(args)),
    },
  });
  // The extension changes what is done, not what can be called.
  return extended as unknown as PrismaClient;
}

/** findUnique names a compound key as one object (`{ organizationId_sku: { organizationId, sku } }`); findFirst knows only fields. */
function flattenWhere(where: Record<string, unknown>, fields: ReadonlySet<string>): Record<string, unknown> {
  const entries = Object.entries(where).flatMap(([name, value]): [string, unknown][] => {
    const isCompound =
      !fields.has(name) &&
      !['AND', 'OR', 'NOT'].includes(name) &&
      typeof value === 'object' &&
      value !== null;
    return isCompound ? Object.entries(value) : [[name, value]];
  });
  return Object.fromEntries(entries);
}

interface RuntimeDataModel {
  models: Record<string, { fields: { name: string }[] }>;
}

function modelFields(base: PrismaClient): (model: string) => ReadonlySet<string> {
  const { models } = (base as unknown as { _runtimeDataModel: RuntimeDataModel })._runtimeDataModel;
  return (model) => new Set(models[model]?.fields.map((field) => field.name) ?? []);
}
