/** The business hours of branches. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { inputText } from '#kernel/db/idempotency';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { FieldErrors } from '#kernel/validation';
import { lockOrganization, sellingTerms } from '#subgraphs/auth/index';
import { businessHoursChanged } from '../events';
import type { BusinessHoursInput } from '../inputs.generated';
import { businessHours as hoursTable, type BusinessHoursRow } from '../tables.generated';
import { reclockTickets } from './reclock-tickets';
import { checkedWindows } from './sla-input.rules';

/** The hours of a branch; version 0 for those that were never set. */
export type BusinessHours = Pick<BusinessHoursRow, 'branchId' | 'windows' | 'version'> & {
  /** Null for those that were never set. */
  readonly updatedAt: Date | null;
};

const SHOWN = hoursTable.pick('branchId', 'windows', 'updatedAt', 'version');

/** The hours of a branch. @throws PosProError 404 for an unknown branch. */
export async function businessHoursOf(db: Queryable, id: string): Promise<BusinessHours> {
  const { branchId } = await sellingTerms(db, id);
  const stored = await db.maybeOne<BusinessHours>(sql`
    select ${SHOWN.select('h')} from business_hours h where h.branch_id = ${branchId}`);
  return stored ?? { branchId, windows: [], updatedAt: null, version: 0 };
}

/**
 * Sets the hours of a branch, and applies them to its tickets. A branch without windows is always open. Emits "business_hours.changed".
 * @throws PosProError 404 for an unknown branch; 422 by field; 409 or 412 for another version.
 */
export async function setBusinessHours(
  ctx: RequestContext,
  id: string,
  input: BusinessHoursInput,
): Promise<BusinessHours> {
  return transact(ctx, async (tx) => {
    // The hours may have no row yet that could be locked.
    await lockOrganization(tx);
    const before = await businessHoursOf(tx, id);
    assertVersion(tx, 'business hours', before, input.version);
    const errors = new FieldErrors();
    const windows = checkedWindows(errors, input.windows);
    errors.throwIfAny();
    if (inputText(windows) === inputText(before.windows)) return before;
    const { branchId } = before;
    const row = {
      organizationId: tx.organizationId,
      branchId,
      windows,
      createdAt: tx.now,
      updatedAt: tx.now,
    };
    const after = await reclockTickets(tx, ctx, sql`t.branch_id = ${branchId}`, () =>
      tx.one<BusinessHours>(sql`
        ${hoursTable.insert(row)} on conflict (organization_id, branch_id)
        do update set windows = excluded.windows, updated_at = excluded.updated_at returning ${SHOWN.select('business_hours')}`),
    );
    tx.emit(businessHoursChanged({ key: branchId, branchId, payload: { branchId } }));
    return after;
  });
}
