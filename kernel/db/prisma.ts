/**
 * Prisma: the ordinary way to plain rows. Behind all clients that are handed out is one of Prisma's, which opens no connection of its
 * own (prisma-pool.ts): what they do goes through the pool of the organizations, or through the connection of a transaction.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import type { Types } from '@prisma/client/runtime/client';
import { PrismaClient } from '#prisma/client/client';
import { invariant } from '../errors';
import { MODELS } from './prisma-models.generated';
import { PrismaPool, runOn, type PrismaTarget } from './prisma-pool';
import { toRows } from './prisma-rows.rules';

/**
 * The rows of all models, by the models' names in Prisma: every `tables.generated.ts` adds those of its domain. What Prisma answers has
 * these types, and is the same as what a statement by hand answers.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface PrismaRows {}

/** Prisma lets an extension say what a field is read as; here every field is what the row of its table says. */
type ReadAsRows = {
  [Model in keyof PrismaRows]: {
    [Field in keyof PrismaRows[Model]]: { needs: object; compute: () => PrismaRows[Model][Field] };
  };
};
type None = Record<never, never>;
type Client = PrismaClient<never, undefined, Types.Extensions.InternalArgs<ReadAsRows, None, None, None>>;

const READS = [
  'findFirst',
  'findFirstOrThrow',
  'findUnique',
  'findUniqueOrThrow',
  'findMany',
  'count',
] as const;
const WRITES = [
  'create', 'createMany', 'createManyAndReturn', 'update', 'updateMany', 'updateManyAndReturn', 'upsert', 'delete', 'deleteMany',
] as const; // prettier-ignore
type Read = (typeof READS)[number];
type Write = (typeof WRITES)[number];
/** A model with a column of a type that Prisma does not support has no `create`. */
type Some<Operations, Names> = Pick<Operations, Names & keyof Operations>;

/**
 * Reads plain rows of one organization. Sums and groups are for SQL.
 *
 * @example ctx.prisma.branch.findMany({ where: { code: 'MAIN' }, orderBy: { name: 'asc' } })
 */
export type PrismaReader = { readonly [Model in keyof PrismaRows]: Some<Client[Model], Read> };

/** Reads and writes plain rows in one transaction, in turn with its other statements. */
export type PrismaWriter = { readonly [Model in keyof PrismaRows]: Some<Client[Model], Read | Write> };

export interface PrismaClients {
  reader(target: PrismaTarget): PrismaReader;
  writer(target: PrismaTarget): PrismaWriter;
  close(): Promise<void>;
}

type Args = Readonly<Record<string, unknown>>;
type Delegate = Readonly<Record<Read | Write, (args: Args) => PromiseLike<unknown>>>;

export function createPrismaClients(): PrismaClients {
  const client = new PrismaClient({ adapter: new PrismaPg(new PrismaPool()), errorFormat: 'minimal' });
  const Reader = boundClient(client, READS);
  const Writer = boundClient(client, [...READS, ...WRITES]);
  return {
    reader: (target) => new Reader(target) as unknown as PrismaReader,
    writer: (target) => new Writer(target) as unknown as PrismaWriter,
    close: () => client.$disconnect(),
  };
}

/** A class with a property for every model: what is bound costs nothing until it is used, as every transaction has one. */
function boundClient(
  client: PrismaClient,
  operations: readonly (Read | Write)[],
): new (target: PrismaTarget) => object {
  class BoundClient {
    constructor(readonly target: PrismaTarget) {}
  }
  for (const model of Object.keys(MODELS)) {
    const name = model[0]!.toLowerCase() + model.slice(1);
    const get = function ({ target }: BoundClient): object {
      const delegate = (client as unknown as Record<string, Delegate>)[name]!;
      const bound = operations.map((operation): [string, (args?: Args) => Promise<unknown>] => [
        operation,
        (args = {}) => perform(target, { model, delegate, operation, args }),
      ]);
      return Object.fromEntries(bound);
    };
    Object.defineProperty(BoundClient.prototype, name, {
      get(this: BoundClient) {
        return get(this);
      },
    });
  }
  return BoundClient;
}

interface Call {
  readonly model: string;
  readonly delegate: Delegate;
  readonly operation: Read | Write;
  readonly args: Args;
}

/**
 * Prisma collects the findUnique calls of one tick into a single statement and sends it for the first caller: rows of that caller's
 * organization would reach the others, past row-level security. findFirst is never collected.
 */
const NEVER_COLLECTED: Partial<Record<Read | Write, Read>> = {
  findUnique: 'findFirst',
  findUniqueOrThrow: 'findFirstOrThrow',
};

async function perform(target: PrismaTarget, { model, delegate, operation, args }: Call): Promise<unknown> {
  assertConditions(args.where);
  const first = NEVER_COLLECTED[operation];
  const call = first
    ? () => delegate[first]({ ...args, where: flattenKeys(args.where as Args) })
    : () => delegate[operation](args);
  return toRows(model, await runOn(target, call));
}

/** findUnique names a compound key as one object (`{ organizationId_sku: { organizationId, sku } }`); findFirst knows only fields. */
function flattenKeys(where: Args): Args {
  return Object.assign(
    {},
    ...Object.entries(where).map(([name, value]) => (name.includes('_') ? value : { [name]: value })),
  ) as Args;
}

/** Prisma passes over a condition that is undefined, so that it would match every row. */
function assertConditions(where: unknown): void {
  if (typeof where !== 'object' || where === null) return;
  for (const [name, value] of Object.entries(where)) {
    invariant(value !== undefined, `the condition "${name}" is undefined`);
    assertConditions(value);
  }
}
