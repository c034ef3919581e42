/** Warehouses: places where stock is kept. Each branch has one that it sells from. */
import { LRUCache } from 'lru-cache';
import { sellingTerms } from '#subgraphs/auth/index';
import { invisibleCharacterErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, invalidFields, invariant, notFound, type FieldError } from '#kernel/errors';
import { foldText } from '#kernel/fold-text.rules';
import { createIds, isUuid } from '#kernel/ids';
import { systemClock } from '#kernel/clock';
import { containsWords, listPage, sameId, type Page } from '#kernel/paging';
import type { CreateWarehouseInput, QueryWarehousesArgs } from '../inputs.generated';
import { warehouses, type WarehouseRow } from '../tables.generated';

/** The columns that are read: all but the search key. */
const READ = warehouses.omit('searchKey');

export type Warehouse = Omit<WarehouseRow, 'searchKey'>;

/**
 * A branch's selling warehouse never changes, so a committed one is cached for as long as the process lives: by organization and
 * branch, so that no caller learns of another organization's warehouse.
 */
const sellingWarehouses = new LRUCache<string, string>({ max: 10_000 });

/**
 * The warehouse that a branch sells from; created on the first call for a branch that has none.
 * @throws PosProError 404 for a branch of another organization.
 */
export async function warehouseOfBranch(db: Queryable, branchId: string): Promise<string> {
  const key = rememberedAs(db, branchId);
  const known = key && sellingWarehouses.get(key);
  if (known) return known;
  const found = await findSellingWarehouse(db, branchId);
  if (found) return found;
  const terms = await sellingTerms(db, branchId);
  // No request is at hand to take ids from: a lazily created warehouse is the only row that needs no reproducible id.
  const id = createIds(systemClock).next();
  const now = timeOf(db);
  return insertSellingWarehouse(db, terms.organizationId, branchId, {
    id,
    name: terms.branchName,
    code: terms.branchCode,
    now,
  });
}

/** Only a transaction has an organization; a call outside a transaction is not cached. */
function rememberedAs(db: Queryable | Transaction, branchId: string): string | undefined {
  return 'organizationId' in db ? `${db.organizationId}:${branchId}` : undefined;
}

/** The time of the transaction, or else the clock's. */
function timeOf(db: Queryable | Transaction): Date {
  return 'now' in db ? db.now : systemClock.now();
}

/**
 * Creates a branch's selling warehouse together with the branch, unless the branch already has one.
 * @returns the warehouse's id.
 */
export async function ensureBranchWarehouse(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  branchId: string,
  name: string,
  options: { id?: string; code?: string } = {},
): Promise<string> {
  const id = options.id ?? ctx.ids.next();
  const code = options.code ?? shortCode(branchId);
  return insertSellingWarehouse(tx, tx.organizationId, branchId, { id, name, code, now: tx.now });
}

async function findSellingWarehouse(db: Queryable, branchId: string): Promise<string | undefined> {
  if (!isUuid(branchId)) throw notFound('branch', branchId);
  const row = await db.maybeOne<{ id: string; uncommitted: boolean }>(sql`
    select id, coalesce(xmin = pg_current_xact_id_if_assigned()::xid, false) as uncommitted
    from warehouses where branch_id = ${branchId}::uuid and is_selling`);
  // A warehouse that this transaction created may still be rolled back, so it is not cached yet.
  const key = rememberedAs(db, branchId);
  if (row && !row.uncommitted && key) sellingWarehouses.set(key, row.id);
  return row?.id;
}

async function insertSellingWarehouse(
  db: Queryable,
  organizationId: string,
  branchId: string,
  draft: { id: string; name: string; code: string; now: Date },
): Promise<string> {
  // Two concurrent sales may both be the first of a branch: one inserts, the other waits for it and then finds its row.
  // A code that another warehouse has gets the end of the branch's id appended, which makes it unique.
  for (const code of [draft.code, `${draft.code}-${shortCode(branchId)}`]) {
    const inserted = await db.maybeOne<{ id: string }>(sql`
      ${warehouses.insert({
        ...{
          id: draft.id,
          organizationId,
          name: draft.name,
          code,
          branchId,
          searchKey: foldText(`${draft.name} ${code}`),
        },
        ...{
          isSelling: true,
          allowsNegative: false,
          active: true,
          createdAt: draft.now,
          updatedAt: draft.now,
        },
      })}
      on conflict do nothing returning id`);
    const id = inserted?.id ?? (await findSellingWarehouse(db, branchId));
    if (id) return id;
  }
  throw new Error(`Invariant broken: the branch ${branchId} could not get a selling warehouse`);
}

/** The last six digits of an id, which are random in a UUIDv7. */
function shortCode(id: string): string {
  return id.slice(-6).toUpperCase();
}

/** The organization's warehouses. */
export function listWarehouses(ctx: RequestContext, filter: QueryWarehousesArgs): Promise<Page<Warehouse>> {
  const where = [
    ...containsWords(sql`w.search_key`, filter.search),
    ...sameId(sql`w.branch_id`, filter.branchId),
  ];
  if (filter.active != null) where.push(sql`w.active = ${filter.active}`);
  return listPage<Warehouse>(
    ctx.db,
    {
      select: READ.select('w'),
      from: sql`warehouses w`,
      where,
      sorts: { name: sql`w.name`, code: sql`w.code`, createdAt: sql`w.created_at` },
      updatedAt: sql`w.updated_at`,
      defaultSort: 'name',
      id: sql`w.id`,
    },
    filter,
  );
}

/** Warehouses by their ids, in one query. */
export function warehousesById(db: Queryable, ids: readonly string[]): Promise<Warehouse[]> {
  return db.many<Warehouse>(
    sql`select ${READ.select('w')} from warehouses w where w.id = any(${ids.filter(isUuid)}::uuid[])`,
  );
}

/** The warehouses of a list of ids, which must all exist and be in use. @throws PosProError 404, 409 ILLEGAL_STATE for one out of use. */
export async function requireActiveWarehouses(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, Warehouse>> {
  const found = new Map((await warehousesById(db, ids)).map((warehouse) => [warehouse.id, warehouse]));
  for (const id of ids) {
    const warehouse = found.get(id.toLowerCase());
    if (!warehouse) throw notFound('warehouse', id);
    if (!warehouse.active)
      throw new PosProError('ILLEGAL_STATE', `The warehouse "${warehouse.name}" is out of use.`);
  }
  return found;
}

/**
 * Creates a warehouse.
 * @throws PosProError 422 for invalid values, 404 for an unknown branch, 409 ALREADY_EXISTS for a code or a selling warehouse that
 * already exists.
 */
export async function createWarehouse(ctx: RequestContext, input: CreateWarehouseInput): Promise<Warehouse> {
  const name = input.name.trim();
  const code = input.code.trim().toUpperCase();
  const errors = invisibleCharacterErrors('name', name);
  if (name.length < 1 || name.length > 100) errors.push(fault('name', 'A name has 1 to 100 characters.'));
  if (!/^[A-Z0-9][A-Z0-9_-]{0,19}$/.test(code)) {
    errors.push(
      fault(
        'code',
        'A code has 1 to 20 letters, digits, hyphens or underscores, and starts with a letter or a digit.',
      ),
    );
  }
  if (input.isSelling && !input.branchId)
    errors.push(fault('branchId', 'A selling warehouse must have a branch.'));
  if (errors.length > 0) throw invalidFields(errors);
  return transact(ctx, async (tx) => {
    if (input.branchId) await sellingTerms(tx, input.branchId);
    const warehouse = await tx.maybeOne<Warehouse>(sql`
      ${warehouses.insert({
        ...{
          id: ctx.ids.next(),
          organizationId: tx.organizationId,
          name,
          code,
          branchId: input.branchId ?? null,
        },
        ...{
          isSelling: input.isSelling ?? false,
          allowsNegative: input.allowsNegative ?? false,
          active: true,
        },
        ...{ searchKey: foldText(`${name} ${code}`), createdAt: tx.now, updatedAt: tx.now },
      })}
      on conflict do nothing returning ${READ.columns}`);
    if (warehouse) return warehouse;
    const sameCode = await tx.maybeOne(sql`select 1 from warehouses where code = ${code}`);
    const message = sameCode
      ? `There is already a warehouse with the code "${code}".`
      : 'The branch already has a selling warehouse.';
    invariant(
      sameCode ?? input.isSelling,
      'a warehouse was rejected by neither of its two unique constraints',
    );
    throw new PosProError('ALREADY_EXISTS', message, {
      errors: [{ field: sameCode ? 'code' : 'isSelling', message, code: 'ALREADY_EXISTS' }],
    });
  });
}

function fault(field: string, message: string): FieldError {
  return { field, message, code: 'INVALID' };
}
