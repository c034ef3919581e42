/** What the tests of the catalogue share. */
import { Readable } from 'node:stream';
import { ALL_SCOPES } from '#kernel/auth/scopes';
import type { RequestContext, Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { PosProError, type ErrorCode } from '#kernel/errors';
import type { UploadedFile } from '#kernel/graph/upload';
import { ensureBranchWarehouse } from '#subgraphs/inventory/index';
import { createOwner, userActor, type TestShop } from '../harness/actors';

export const amount = (value: string | number): Decimal => new Decimal(value);

export interface CatalogShop {
  readonly organizationId: string;
  readonly branchId: string;
  readonly warehouseId: string;
  /** The owner's context; every call makes a new request. */
  ctx(idempotencyKey?: string): RequestContext;
  /** The context of somebody with these permissions only. */
  as(...scopes: Parameters<typeof userActor>[0]['scopes'] & object): RequestContext;
}

/** A shop in euros with a branch, its warehouse, and nothing to sell. */
export async function openShop(
  db: TestShop & { contextFor(actor: unknown, request?: object): RequestContext },
): Promise<CatalogShop> {
  const { organizationId, branchId, user } = await createOwner(db);
  const actor = userActor({ organizationId, branchId, userId: user.id, role: 'owner', scopes: ALL_SCOPES });
  const ctx = (idempotencyKey?: string) =>
    db.contextFor(actor, idempotencyKey === undefined ? {} : { idempotencyKey });
  const own = ctx();
  const warehouseId = await transact(own, (tx) =>
    ensureBranchWarehouse(tx, own, branchId, 'Main', { code: 'MAIN' }),
  );
  const as: CatalogShop['as'] = (...scopes) => db.contextFor(userActor({ organizationId, branchId, scopes }));
  return { organizationId, branchId, warehouseId, ctx, as };
}

/** The error of an operation that must fail, as a caller sees it. */
export async function refused(code: ErrorCode, work: Promise<unknown>): Promise<PosProError> {
  const error = await work.then(
    (value) => new Error(`It should have been refused with ${code}, but answered ${JSON.stringify(value)}.`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PosProError)) throw error;
  expect(error.code).toBe(code);
  return error;
}

/** Fields and codes of a refusal. */
export function faultsOf(error: PosProError): [string, string][] {
  return (error.errors ?? []).map(({ field, code }) => [field, code]);
}

/** A file as REST hands it on. */
export function csvFile(
  content: string | Buffer | Readable,
  contentType = 'text/csv',
  filename = 'products.csv',
): UploadedFile {
  const stream =
    content instanceof Readable ? content : Readable.from([Buffer.from(content)], { objectMode: false });
  return { filename, contentType, stream };
}

/** How many rows each table of the database has, whosoever they are. */
export function rowCounts({ database }: Services): Promise<{ tableName: string; rows: string }[]> {
  return database.system.many(sql`
    select t.table_name, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I', t.table_name), false, true, '')))[1]::text as rows
    from information_schema.tables t where t.table_schema = 'public' and t.table_type = 'BASE TABLE' order by 1`);
}
