/** A branch's own settings of payment methods, which come before those of the organization. */
import { isDeepStrictEqual } from 'node:util';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid } from '#kernel/errors';
import { throwFieldErrors } from '#kernel/validation';
import { lockOrganization, sellingTerms } from '#subgraphs/auth/index';
import type { PaymentMethodKind, UpdateBranchPaymentMethodInput } from './inputs.generated';
import { PAYMENT_METHOD_CHANGED, cashStepErrors } from './payment-methods';
import { PAYMENT_METHODS, isPaymentMethod, type BranchSettings } from './payment-methods.rules';
import { changedPlaces, placeInputErrors } from './payment-places.rules';
import { paymentMethodBranches } from './tables.generated';

/** A branch's own settings, with the currency of their limits. */
export type ShownBranchSettings = BranchSettings & { currency: string };

const COLUMNS = paymentMethodBranches.omit('organizationId');
const UPDATED_COLUMNS = paymentMethodBranches.omit('organizationId', 'branchId', 'method', 'version');

/** A branch's own settings of all payment methods; version 0 where it has none. @throws PosProError 404 for an unknown branch. */
export async function branchPaymentMethods(db: Queryable, branchId: string): Promise<ShownBranchSettings[]> {
  const { branchId: id, currency } = await sellingTerms(db, branchId);
  const rows = await db.many<BranchSettings>(sql`
    select ${COLUMNS.select('b')} from payment_method_branches b where b.branch_id = ${id}::uuid`);
  const unset = {
    enabled: null,
    channels: [],
    currencies: [],
    minAmount: null,
    maxAmount: null,
    cashRoundingStep: null,
  };
  return PAYMENT_METHODS.map((method) => {
    const row = rows.find((one) => one.method === method);
    return { ...(row ?? { branchId: id, method, ...unset, version: 0, updatedAt: null }), currency };
  });
}

/**
 * Changes a branch's own settings of a payment method. Omitted fields stay; null is as in the organization.
 * @throws PosProError 404 for an unknown branch; 409 CONFLICT for another version; 422 by field.
 */
export async function updateBranchPaymentMethod(
  ctx: RequestContext,
  branchId: string,
  method: PaymentMethodKind,
  input: UpdateBranchPaymentMethodInput,
): Promise<ShownBranchSettings> {
  if (!isPaymentMethod(method)) throw invalid('method', `The payment method "${method}" has no settings.`);
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const before = (await branchPaymentMethods(tx, branchId)).find((one) => one.method === method)!;
    const { currency, ...stored } = before;
    assertVersion(tx, 'payment method', stored, input.version);
    throwFieldErrors([
      ...placeInputErrors(input, stored, currency),
      ...cashStepErrors(method, input.cashRoundingStep, currency),
    ]);
    const enabled = input.enabled === undefined ? stored.enabled : input.enabled;
    const after = { ...stored, enabled, ...changedPlaces(input, stored) };
    if (isDeepStrictEqual(after, stored)) return before;
    tx.emit({ type: PAYMENT_METHOD_CHANGED, key: method, payload: {} });
    const row = { ...after, organizationId: tx.organizationId, version: 1, updatedAt: tx.now };
    const settings = await tx.one<BranchSettings>(sql`
      ${paymentMethodBranches.insert(row)}
      on conflict (organization_id, branch_id, method) do update set ${UPDATED_COLUMNS.excluded}
      returning ${COLUMNS.select('payment_method_branches')}`);
    return { ...settings, currency };
  });
}
