import { nameFaults, throwFaults } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { PosProError, notFound, type FieldError } from '#kernel/errors';
import { byId } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { listPage, type Page } from '#kernel/paging';
import { branchOf, sellingTerms } from '#subgraphs/auth/index';
import type { CreateRegisterInput, QueryRegistersArgs, UpdateRegisterInput } from '../inputs.generated';
import { registers, type NewRegister as NewRegisterRow, type RegisterRow } from '../tables.generated';

export type { RegisterRow } from '../tables.generated';

/** A register to be made; the demo shop brings its own ids. The currency is the branch's. */
export type NewRegister = Pick<
  NewRegisterRow,
  'id' | 'branchId' | 'name' | 'code' | 'currency' | 'paperWidth'
>;

const NAME_LIMITS = { min: 1, max: 100 };
const CODE_LIMITS = { min: 1, max: 16 };

/** Makes registers in one statement; one whose code the branch has already is left out. */
export async function insertRegisters(
  tx: Transaction,
  drafts: readonly NewRegister[],
): Promise<RegisterRow[]> {
  const { organizationId, now } = tx;
  const rows = drafts.map((draft) =>
    registers.complete({ ...draft, organizationId, createdAt: now, updatedAt: now }),
  );
  return tx.many<RegisterRow>(sql`
    insert into registers (${registers.columns})
    select ${registers.values('x')} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${registers.definitions})
    on conflict (organization_id, branch_id, code) do nothing
    returning ${registers.columns}`);
}

/**
 * Makes a register in a branch; the caller's own where none is named.
 * @throws PosProError 404 for an unknown branch, 422 by field, 409 ALREADY_EXISTS where the branch has a register of this code.
 */
export async function createRegister(ctx: RequestContext, input: CreateRegisterInput): Promise<RegisterRow> {
  throwFaults([
    ...nameFaults('name', input.name, NAME_LIMITS),
    ...nameFaults('code', input.code, CODE_LIMITS),
    ...paperErrors(input.paperWidth),
  ]);
  const terms = await sellingTerms(ctx.db, branchOf(ctx, input.branchId));
  return transact(ctx, async (tx) => {
    const { branchId, currency } = terms;
    const paperWidth = PAPER_WIDTHS.find((width) => width === input.paperWidth);
    const register = {
      id: ctx.ids.next(),
      branchId,
      name: input.name.trim(),
      code: input.code.trim(),
      currency,
      paperWidth,
    };
    const [created] = await insertRegisters(tx, [register]);
    if (!created) throw codeTakenError(register.code);
    emitRegisterChanged(tx, created, { status: 'closed' });
    return created;
  });
}

/**
 * Changes a register; what is left out stays. A register that is switched off cannot be opened; its history stays.
 * @throws PosProError 404, 422 by field, 409 ALREADY_EXISTS for a taken code, REGISTER_OPEN for switching an open one off, and CONFLICT
 * for another version.
 */
export async function updateRegister(
  ctx: RequestContext,
  id: string,
  input: UpdateRegisterInput,
): Promise<RegisterRow> {
  return transact(ctx, async (tx) => {
    const before = await lockRegister(tx, id);
    assertVersion(tx, 'register', before, input.version);
    const { name, code, active, requiresDevice, paperWidth } = {
      name: input.name ?? before.name,
      code: input.code ?? before.code,
      active: input.active ?? before.active,
      requiresDevice: input.requiresDevice ?? before.requiresDevice,
      paperWidth: input.paperWidth ?? before.paperWidth,
    };
    throwFaults([
      ...nameFaults('name', name, NAME_LIMITS),
      ...nameFaults('code', code, CODE_LIMITS),
      ...paperErrors(paperWidth),
    ]);
    const others = { branchId: before.branchId, code: code.trim(), id: { not: id } };
    if ((await tx.prisma.register.count({ where: others })) > 0) throw codeTakenError(code);
    const open = (await tx.prisma.registerSession.count({ where: { registerId: id, status: 'open' } })) > 0;
    if (open && !active)
      throw new PosProError('REGISTER_OPEN', 'Close the register before it is switched off.');
    const changes = { name: name.trim(), code: code.trim(), active, requiresDevice, updatedAt: tx.now };
    const width = PAPER_WIDTHS.find((known) => known === paperWidth);
    const after = await tx.prisma.register.update({ where: { id }, data: { ...changes, paperWidth: width } });
    if (isChanged(before, after)) emitRegisterChanged(tx, after, { status: open ? 'open' : 'closed' });
    return after;
  });
}

const PAPER_WIDTHS: readonly RegisterRow['paperWidth'][] = [58, 80];

function paperErrors(width: number | null | undefined): FieldError[] {
  if (width == null || PAPER_WIDTHS.some((known) => known === width)) return [];
  return [{ field: 'paperWidth', message: 'Must be 58 or 80 millimetres.', code: 'INVALID' }];
}

function codeTakenError(code: string): PosProError {
  return new PosProError('ALREADY_EXISTS', `Another register of the branch has the code "${code}".`, {
    errors: [{ field: 'code', message: 'Another register of the branch has it.', code: 'TAKEN' }],
  });
}

/**
 * The register's row, locked against opening, closing and changing until the commit. Whoever needs the session's row as well
 * locks it after this one.
 * @throws PosProError 404
 */
export async function lockRegister(tx: Transaction, id: string): Promise<RegisterRow> {
  const register = isUuid(id)
    ? await tx.maybeOne<RegisterRow>(
        sql`select ${registers.columns} from registers where id = ${id} for no key update`,
      )
    : undefined;
  if (!register) throw notFound('register', id);
  return register;
}

/** Tells listeners about a register. @param facts what else they want to know, decimals as strings. */
export function emitRegisterChanged(
  tx: Transaction,
  register: { id: string; branchId: string; name: string },
  facts: Record<string, unknown>,
): void {
  const { id, branchId, name } = register;
  tx.emit({
    type: 'register.changed',
    branchId,
    key: id,
    payload: { registerId: id, registerName: name, branchId, ...facts },
  });
}

/** The registers among these ids that the caller may see. */
export async function registersByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RegisterRow>> {
  const known = ids.filter(isUuid);
  return byId(
    await db.many<RegisterRow>(
      sql`select ${registers.columns} from registers where id = any(${known}::uuid[])`,
    ),
  );
}

/** The organization's registers, by code. */
export async function listRegisters(
  ctx: RequestContext,
  filter: QueryRegistersArgs,
): Promise<Page<RegisterRow>> {
  const where: Sql[] = [];
  if (filter.branchId != null)
    where.push(isUuid(filter.branchId) ? sql`r.branch_id = ${filter.branchId}` : sql`false`);
  if (filter.active != null) where.push(sql`r.active = ${filter.active}`);
  return listPage<RegisterRow>(
    ctx.db,
    {
      select: registers.select('r'),
      from: sql`registers r`,
      where,
      sorts: { code: sql`r.code`, name: sql`r.name`, createdAt: sql`r.created_at` },
      defaultSort: 'code',
      id: sql`r.id`,
    },
    filter,
  );
}
