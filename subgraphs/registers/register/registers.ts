import { nameErrors, throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { rowsByIds } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { PosProError, notFound, type FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, sameId, type Page } from '#kernel/paging';
import { branchOf, sellingTerms } from '#subgraphs/auth/index';
import { registerChanged, type RegisterEventData } from '../events';
import type { CreateRegisterInput, QueryRegistersArgs, UpdateRegisterInput } from '../inputs.generated';
import { registers, type NewRegister as NewRegisterRow, type RegisterRow } from '../tables.generated';

export type { RegisterRow } from '../tables.generated';

/** A register to create; the demo shop sets its own ids. The currency is the branch's. */
export type NewRegister = Pick<
  NewRegisterRow,
  'id' | 'branchId' | 'name' | 'code' | 'currency' | 'paperWidth'
>;

const NAME_LIMITS = { min: 1, max: 100 };
const CODE_LIMITS = { min: 1, max: 16 };

/** Creates registers in one statement. A register is skipped if its branch already has the code. */
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
 * Creates a register in a branch; defaults to the caller's branch.
 * @throws PosProError 404 for an unknown branch; 422 by field; 409 ALREADY_EXISTS if the branch has a register with this code.
 */
export async function createRegister(ctx: RequestContext, input: CreateRegisterInput): Promise<RegisterRow> {
  throwFieldErrors([
    ...nameErrors('name', input.name, NAME_LIMITS),
    ...nameErrors('code', input.code, CODE_LIMITS),
    ...paperErrors(input.paperWidth),
  ]);
  const terms = await sellingTerms(ctx.db, branchOf(ctx, input.branchId));
  return transact(ctx, async (tx) => {
    const { branchId, currency } = terms;
    const register = {
      id: ctx.ids.next(),
      branchId,
      name: input.name.trim(),
      code: input.code.trim(),
      currency,
      paperWidth: toPaperWidth(input.paperWidth),
    };
    const [created] = await insertRegisters(tx, [register]);
    if (!created) throw codeTakenError(register.code);
    emitRegisterChanged(tx, created, { status: 'closed' });
    return created;
  });
}

/**
 * Changes a register. Omitted fields stay unchanged. An inactive register cannot be opened; its history stays.
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a code in use, REGISTER_OPEN for deactivating an open register, and
 * CONFLICT for another version.
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
    throwFieldErrors([
      ...nameErrors('name', name, NAME_LIMITS),
      ...nameErrors('code', code, CODE_LIMITS),
      ...paperErrors(paperWidth),
    ]);
    const others = { branchId: before.branchId, code: code.trim(), id: { not: id } };
    if ((await tx.prisma.register.count({ where: others })) > 0) throw codeTakenError(code);
    const status = await registerStatus(tx, id);
    if (status === 'open' && !active)
      throw new PosProError('REGISTER_OPEN', 'The register is open. Close it before you deactivate it.');
    const changes = { name: name.trim(), code: code.trim(), active, requiresDevice, updatedAt: tx.now };
    const after = await tx.prisma.register.update({
      where: { id },
      data: { ...changes, paperWidth: toPaperWidth(paperWidth) },
    });
    if (isChanged(before, after)) emitRegisterChanged(tx, after, { status });
    return after;
  });
}

const PAPER_WIDTHS: readonly RegisterRow['paperWidth'][] = [58, 80];

/** A supported paper width; undefined for any other number. */
function toPaperWidth(width: number | null | undefined): RegisterRow['paperWidth'] | undefined {
  return PAPER_WIDTHS.find((supported) => supported === width);
}

function paperErrors(width: number | null | undefined): FieldError[] {
  if (width == null || toPaperWidth(width) !== undefined) return [];
  return [{ field: 'paperWidth', message: 'Must be 58 or 80 millimetres.', code: 'INVALID' }];
}

function codeTakenError(code: string): PosProError {
  return new PosProError('ALREADY_EXISTS', `Another register of the branch has the code "${code}".`, {
    errors: [{ field: 'code', message: 'Another register of the branch has this code.', code: 'TAKEN' }],
  });
}

/**
 * Locks a register's row against opening, closing and changing until the commit. A transaction that also needs the session's row
 * locks it after the register's.
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

/** Whether a register has an open session. Lock the register first, or it may be opened meanwhile. */
export async function registerStatus(tx: Transaction, id: string): Promise<RegisterEventData['status']> {
  const open = await tx.prisma.registerSession.count({ where: { registerId: id, status: 'open' } });
  return open > 0 ? 'open' : 'closed';
}

/** Emits `register.changed`. @param details further data of the event. */
export function emitRegisterChanged(
  tx: Transaction,
  register: { id: string; branchId: string; name: string },
  details: RegisterEventData,
): void {
  const { id, branchId, name } = register;
  const payload = { registerId: id, registerName: name, branchId, ...details };
  tx.emit(registerChanged({ branchId, key: id, payload }));
}

/** The registers among these ids that the caller may see. */
export function registersByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RegisterRow>> {
  return rowsByIds(db, registers, ids);
}

/** The organization's registers, in the order of their codes. */
export async function listRegisters(
  ctx: RequestContext,
  filter: QueryRegistersArgs,
): Promise<Page<RegisterRow>> {
  const where = sameId(sql`r.branch_id`, filter.branchId);
  if (filter.active != null) where.push(sql`r.active = ${filter.active}`);
  return listPage<RegisterRow>(
    ctx.db,
    {
      select: registers.select('r'),
      from: sql`registers r`,
      where,
      sorts: { code: sql`r.code`, name: sql`r.name`, createdAt: sql`r.created_at` },
      updatedAt: sql`r.updated_at`,
      defaultSort: 'code',
      id: sql`r.id`,
    },
    filter,
  );
}
