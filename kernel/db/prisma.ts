/**
 * Prisma, the ordinary way to plain rows (docs/decisions/prisma.md). All clients share one of Prisma's, whose pool has no connections
 * (prisma-pool.ts): their statements run in the pool of an organization or in a transaction.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import type { Types } from '@prisma/client/runtime/client';
import { PrismaClient } from '#prisma/client/client';
import { invariant } from '../errors';
import { MODELS } from './prisma-models.generated';
import { PrismaPool, runOn, type PrismaTarget } from './prisma-pool';
import { toRows } from './prisma-rows.rules';

/**
 * The rows of all models, by the models' names in Prisma. Each `tables.generated.ts` adds those of its domain. Prisma's results have
 * these types, and are the same as those of a statement by hand.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- the generated tables add its members
export interface PrismaRows {}

/** In Prisma's types an extension may change the type of a field; here each field has the type of the table's row. */
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
  'create',
  'createMany',
  'createManyAndReturn',
  'update',
  'updateMany',
  'updateManyAndReturn',
  'upsert',
  'delete',
  'deleteMany',
] as const;
type Read = (typeof READS)[number];
type Write = (typeof WRITES)[number];
/** Models that have a column of a type unknown to Prisma have no `create`. */
type Some<Operations, Names> = Pick<Operations, Names & keyof Operations>;

/**
 * Reads plain rows of one organization. Use SQL for sums and groups.
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

/** A class with a property for each model. Every transaction makes an instance, so nothing is bound before it is used. */
function boundClient(
  client: PrismaClient,
  operations: readonly (Read | Write)[],
): new (target: PrismaTarget) => object {
  class BoundClient {
    constructor(readonly target: PrismaTarget) {}
  }
  for (const model of Object.keys(MODELS)) {
    const name = model[0]!.toLowerCase() + model.slice(1);
    Object.defineProperty(BoundClient.prototype, name, {
      get(this: BoundClient): object {
        const delegate = (client as unknown as Record<string, Delegate>)[name]!;
        const bound = operations.map((operation): [string, (args?: Args) => Promise<unknown>] => [
          operation,
          (args = {}) => perform(this.target, { model, delegate, operation, args }),
        ]);
        return Object.fromEntries(bound);
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
 * Prisma collects the findUnique calls of one tick into one statement and sends it for the first caller: rows of that caller's
 * organization would reach the others, past row-level security. It never collects findFirst.
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

/** findUnique takes a compound key as one object (`{ organizationId_sku: { organizationId, sku } }`), findFirst takes fields. */
function flattenKeys(where: Args): Args {
  return Object.assign(
    {},
    ...Object.entries(where).map(([name, value]) => (name.includes('_') ? value : { [name]: value })),
  ) as Args;
}

/** Prisma ignores an undefined condition, which would then match every row. */
function assertConditions(where: unknown): void {
  if (typeof where !== 'object' || where === null) return;
  for (const [name, value] of Object.entries(where)) {
    invariant(value !== undefined, `the condition "${name}" is undefined`);
    assertConditions(value);
  }
}
