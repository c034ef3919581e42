import { withoutNull } from '#kernel/collections';
import { ownBranch } from '#kernel/auth/actor';
import { FieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { isUniqueViolation } from '#kernel/db/pg-errors';
import { transact } from '#kernel/db/transact';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { PosProError, invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import {
  checkTimeZone,
  checkedBranchCode,
  checkedCountry,
  checkedText,
  optionalLanguage,
  optionalText,
} from './validators.rules';
import type { CreateBranchInput, UpdateBranchInput } from './inputs.generated';
import { BRANCH_COLUMNS, BRANCH_TABLES, type Branch, type SellingTerms } from './model';
import { branchChanged, branchCreated } from './events';

const RECEIPT_TEXT = { max: 1000, lines: true } as const;

/** The checked fields of a branch. A null code means the next free one, a null time zone the organization's. */
export interface CheckedBranch {
  name: string;
  code: string | null;
  address: string | null;
  country: string | null;
  timeZone: string | null;
  language: string | null;
  receiptHeader: string | null;
  receiptFooter: string | null;
}

/** Checks a branch. @param prefix of the field names if the branch is a part of another input. */
export function checkedBranch(faults: FieldErrors, input: CreateBranchInput, prefix = ''): CheckedBranch {
  if (input.timeZone != null) checkTimeZone(faults, `${prefix}timeZone`, input.timeZone);
  return {
    name: checkedText(faults, `${prefix}name`, input.name, { max: 200 }),
    code: input.code == null ? null : checkedBranchCode(faults, `${prefix}code`, input.code),
    address: optionalText(faults, `${prefix}address`, input.address, { max: 500, lines: true }),
    country: checkedCountry(faults, `${prefix}country`, input.country),
    timeZone: input.timeZone ?? null,
    language: optionalLanguage(faults, `${prefix}language`, input.language),
    receiptHeader: optionalText(faults, `${prefix}receiptHeader`, input.receiptHeader, RECEIPT_TEXT),
    receiptFooter: optionalText(faults, `${prefix}receiptFooter`, input.receiptFooter, RECEIPT_TEXT),
  };
}

/**
 * Writes a new branch and emits "branch.created".
 * @throws PosProError 409 ALREADY_EXISTS if the code is taken.
 */
export async function insertBranch(tx: Transaction, id: string, branch: CheckedBranch): Promise<void> {
  const b = branch;
  const inserted = await tx.maybeOne<{ code: string }>(sql`
    insert into branches (id, organization_id, name, code, address, country, time_zone, language, receipt_header, receipt_footer, created_at,
      updated_at)
    select ${id}::uuid, o.id, ${b.name}::text, coalesce(${b.code}::text, ${NEXT_FREE_CODE}), ${b.address}::text,
      ${b.country}::text, coalesce(${b.timeZone}::text, o.time_zone), ${b.language}::text, ${b.receiptHeader}::text, ${b.receiptFooter}::text,
      ${tx.now}::timestamptz, ${tx.now}::timestamptz
    from organizations o where o.id = ${tx.organizationId}
    on conflict (organization_id, code) do nothing
    returning code`);
  if (!inserted) throw codeTaken(b.code ?? '');
  tx.emit(
    branchCreated({ branchId: id, key: id, payload: { branchId: id, name: b.name, code: inserted.code } }),
  );
}

const NEXT_FREE_CODE: Sql = sql`(
  select 'B' || coalesce(max(substring(t.code from 2)::int), 0) + 1 from branches t
  where t.organization_id = o.id and t.code ~ '^B[0-9]{1,6}$')`;

function codeTaken(code: string): PosProError {
  return new PosProError('ALREADY_EXISTS', `Another branch has the code "${code}".`, {
    errors: [{ field: 'code', message: 'Another branch has this code.', code: 'TAKEN' }],
  });
}

/**
 * Creates a branch. Inventory creates its selling warehouse on "branch.created", or at the first use.
 * @throws PosProError 422 by field, 409 ALREADY_EXISTS if the code is taken.
 */
export async function createBranch(ctx: RequestContext, input: CreateBranchInput): Promise<Branch> {
  const faults = new FieldErrors();
  const branch = checkedBranch(faults, input);
  faults.throwIfAny();
  const id = ctx.ids.next();
  return transact(
    ctx,
    async (tx) => {
      await insertBranch(tx, id, branch);
      return (await branchesById(tx, [id]))[0]!;
    },
    { idempotent: { operation: 'createBranch', input } },
  );
}

/**
 * Changes a branch; omitted and null fields keep their values, an empty text removes an optional one. Emits "branch.changed".
 * @throws PosProError 404, 422 by field, 409 ALREADY_EXISTS if the code is taken, and CONFLICT for another version.
 */
export async function updateBranch(
  ctx: RequestContext,
  id: string,
  changes: UpdateBranchInput,
): Promise<Branch> {
  if (!isUuid(id)) throw notFound('branch', id);
  try {
    return await transact(ctx, (tx) => changeBranch(tx, id, changes));
  } catch (error) {
    if (isUniqueViolation(error, 'branches_organization_id_code_key')) throw codeTaken(changes.code ?? '');
    throw error;
  }
}

async function changeBranch(tx: Transaction, id: string, changes: UpdateBranchInput): Promise<Branch> {
  const before = await tx.maybeOne<Branch>(sql`
    select ${BRANCH_COLUMNS} from ${BRANCH_TABLES} where b.id = ${id} for update of b`);
  if (!before) throw notFound('branch', id);
  assertVersion(tx, 'branch', before, changes.version);
  const faults = new FieldErrors();
  const { code, timeZone, ...texts } = checkedBranch(faults, { ...before, ...withoutNull(changes) });
  faults.throwIfAny();
  const settings = { code: code ?? before.code, timeZone: timeZone ?? before.timeZone };
  await tx.prisma.branch.update({ where: { id }, data: { ...texts, ...settings, updatedAt: tx.now } });
  const after = (await branchesById(tx, [id]))[0]!;
  if (isChanged(before, after)) tx.emit(branchChanged({ branchId: id, key: id, payload: { branchId: id } }));
  return after;
}

/** The branches among these ids that the caller may see. */
export async function branchesById(db: Queryable, ids: readonly string[]): Promise<Branch[]> {
  const uuids = ids.filter(isUuid);
  if (uuids.length === 0) return [];
  return db.many<Branch>(
    sql`select ${BRANCH_COLUMNS} from ${BRANCH_TABLES} where b.id = any(${uuids}::uuid[])`,
  );
}

/** The organization's branches, by code. */
export async function listBranches(ctx: RequestContext, args: PageArgs): Promise<Page<Branch>> {
  return listPage<Branch>(
    ctx.db,
    {
      select: BRANCH_COLUMNS,
      from: BRANCH_TABLES,
      where: [],
      sorts: { code: sql`b.code`, name: sql`b.name`, createdAt: sql`b.created_at` },
      updatedAt: sql`b.updated_at`,
      defaultSort: 'code',
      id: sql`b.id`,
    },
    args,
  );
}

const SELLING_TERMS = sql`
  o.id as organization_id, o.name as organization_name, b.id as branch_id, b.name as branch_name, b.code as branch_code, o.currency,
  o.rounding_mode, o.prices_include_tax, o.cash_rounding_step as organization_cash_step, b.time_zone, b.receipt_header, b.receipt_footer, o.tax_number, b.address,
  b.language, o.default_language, o.reporting_currency`;

/**
 * Settings of a branch and its organization that a sale needs, read in one statement.
 * @throws PosProError 404 for an unknown branch, and for another organization's.
 */
export async function sellingTerms(db: Queryable, branchId: string): Promise<SellingTerms> {
  const terms = isUuid(branchId)
    ? await db.maybeOne<SellingTerms>(
        sql`select ${SELLING_TERMS} from ${BRANCH_TABLES} where b.id = ${branchId}`,
      )
    : undefined;
  if (!terms) throw notFound('branch', branchId);
  return terms;
}

/** Settings as of `sellingTerms` of all branches of the caller's organization, by code. It has at least one branch. */
export async function sellingTermsOfAll(db: Queryable): Promise<SellingTerms[]> {
  return db.many<SellingTerms>(sql`select ${SELLING_TERMS} from ${BRANCH_TABLES} order by b.code`);
}

/**
 * The country of phone numbers that are typed without a country code: that of the caller's branch; if it has none, that of the oldest
 * branch with a country. Undefined if no branch has one. ISO 3166-1 alpha-2.
 */
export async function phoneCountry(ctx: RequestContext, db: Queryable = ctx.db): Promise<string | undefined> {
  const own = ownBranch(ctx.actor) ?? null;
  const branch = await db.maybeOne<{ country: string }>(sql`
    select b.country from branches b where b.country is not null
    order by (b.id = ${own}::uuid) is true desc, b.created_at, b.id limit 1`);
  return branch?.country;
}

/**
 * The branch that an operation concerns: the named one, else the caller's own. Whether it exists and belongs to the
 * organization is checked when it is read.
 * @throws PosProError 422 on `branchId` if there is neither.
 */
export function branchOf(ctx: Pick<RequestContext, 'actor'>, branchId?: string | null): string {
  if (branchId != null) return branchId;
  const callerBranch = ownBranch(ctx.actor);
  if (callerBranch === undefined)
    throw invalid('branchId', 'Name a branch: you are not bound to one.', 'REQUIRED');
  return callerBranch;
}

/**
 * The branch whose events a subscriber receives: the requested one, else the caller's own. Undefined if the caller is not bound to
 * a branch and requests none: then the events of all branches.
 * @throws PosProError 404 for an unknown branch.
 */
export async function subscriptionBranch(
  ctx: RequestContext,
  branchId: string | null | undefined,
): Promise<string | undefined> {
  if (branchId != null) return (await sellingTerms(ctx.db, branchId)).branchId;
  return ownBranch(ctx.actor);
}
