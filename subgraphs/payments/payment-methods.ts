/** The payment methods of an organization: the default settings, unless it has changed them. */
import { isDeepStrictEqual } from 'node:util';
import type { Decimal } from '#kernel/decimal';
import { FieldErrors, nameErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid, invalidFields, type FieldError } from '#kernel/errors';
import { checkRoundingStep, lockOrganization, ownOrganization, sellingTerms } from '#subgraphs/auth/index';
import type {
  PaymentMethodKind,
  QueryPaymentMethodsArgs,
  UpdatePaymentMethodInput,
} from './inputs.generated';
import { changedPlaces, placeInputErrors } from './payment-places.rules';
import {
  DEFAULT_PAYMENT_METHODS,
  inBranch,
  isAccepted,
  isPaymentMethod,
  limitErrors,
  placeError,
  type PaymentMethod,
  type PaymentPlace,
} from './payment-methods.rules';
import type { Tender } from './model';
import { paymentMethodSettings } from './tables.generated';

/** The type of the internal event that payment methods were changed. */
export const PAYMENT_METHOD_CHANGED = 'payment_method.changed';

/** The columns of PaymentMethod. */
const METHOD_COLUMNS = paymentMethodSettings.omit('organizationId');

/** The columns that an update overwrites. */
const UPDATED_COLUMNS = paymentMethodSettings.omit('organizationId', 'method', 'version');

/**
 * All payment methods, in the order in which a till shows them; in one statement.
 * @param branchId the branch whose own settings come first. Optional; defaults to the settings of the organization.
 */
export async function paymentMethods(db: Queryable, branchId?: string): Promise<PaymentMethod[]> {
  const rows = await db.many<PaymentMethod & { ofBranch: boolean }>(sql`
    select ${METHOD_COLUMNS.select('s')}, false as of_branch from payment_method_settings s
    union all
    select b.method, '', b.enabled, false, false, b.channels, b.currencies, b.min_amount, b.max_amount, b.cash_rounding_step, b.updated_at, b.version, true
    from payment_method_branches b where b.branch_id = ${branchId ?? null}::uuid`);
  const byMethod = (isOfBranch: boolean) =>
    new Map(
      rows.flatMap(({ ofBranch, ...row }) => (ofBranch === isOfBranch ? [[row.method, row] as const] : [])),
    );
  const [own, ofBranch] = [byMethod(false), byMethod(true)];
  return DEFAULT_PAYMENT_METHODS.map((preset) =>
    inBranch(own.get(preset.method) ?? preset, ofBranch.get(preset.method)),
  );
}

/** The payment methods that are accepted for a payment; without any condition, all of them. @throws PosProError 404 for an unknown branch. */
export async function listPaymentMethods(
  ctx: RequestContext,
  { enabled, branchId, channel, currency, amount }: QueryPaymentMethodsArgs,
): Promise<PaymentMethod[]> {
  if (branchId != null) await sellingTerms(ctx.db, branchId);
  const all = await paymentMethods(ctx.db, branchId ?? undefined);
  const isAsked = channel != null || currency != null || amount != null;
  const known = enabled == null ? all : all.filter((method) => method.enabled === enabled);
  return isAsked ? known.filter((method) => isAccepted(method, { channel, currency }, amount)) : known;
}

/**
 * Changes the settings of a payment method. Omitted fields stay unchanged.
 * @throws PosProError 409 CONFLICT for another version; 422 by field.
 */
export async function updatePaymentMethod(
  ctx: RequestContext,
  method: PaymentMethodKind,
  input: UpdatePaymentMethodInput,
): Promise<PaymentMethod> {
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const { currency } = await ownOrganization(ctx);
    const before = (await paymentMethods(tx)).find((candidate) => candidate.method === method);
    if (!before) throw invalid('method', `The payment method "${method}" has no settings.`);
    assertVersion(tx, 'payment method', before, input.version);
    const name = (input.name ?? before.name).trim();
    throwFieldErrors([
      ...nameErrors('name', name, { min: 1, max: 50 }),
      ...placeInputErrors(input, before, currency),
      ...cashStepErrors(method, input.cashRoundingStep, currency),
    ]);
    const { version } = before;
    const after: PaymentMethod = {
      method,
      name,
      enabled: input.enabled ?? before.enabled,
      opensDrawer: input.opensDrawer ?? before.opensDrawer,
      needsReference: input.needsReference ?? before.needsReference,
      ...changedPlaces(input, before),
      version,
      updatedAt: before.updatedAt,
    };
    if (isDeepStrictEqual(after, before)) return before;
    tx.emit({ type: PAYMENT_METHOD_CHANGED, key: method, payload: {} });
    return tx.one<PaymentMethod>(sql`
      ${paymentMethodSettings.insert({ ...after, organizationId: tx.organizationId, version: 1, updatedAt: tx.now })}
      on conflict (organization_id, method) do update set ${UPDATED_COLUMNS.excluded}
      returning ${METHOD_COLUMNS.select('payment_method_settings')}`);
  });
}

/** The errors of a step for rounding cash: of another method than cash, and a step that is not an amount of the currency. */
export function cashStepErrors(
  method: PaymentMethodKind,
  step: Decimal | null | undefined,
  currency: string,
): FieldError[] {
  if (step == null) return [];
  const errors = new FieldErrors();
  if (method !== 'cash') errors.add('cashRoundingStep', 'Only cash is rounded.', 'CASH_ONLY');
  else checkRoundingStep(errors, 'cashRoundingStep', step, currency);
  return errors.errors;
}

/**
 * Rejects tenders that a branch does not accept: by method, channel, currency and limits.
 * @param place the branch, the channel and the currency; the organization's settings without a branch.
 * @param field the place of the tenders in the input.
 * @throws PosProError 422 by field: UNKNOWN_METHOD, METHOD_DISABLED, REFERENCE_REQUIRED, BELOW_MINIMUM, ABOVE_MAXIMUM.
 */
export async function assertTendersAccepted(
  db: Queryable,
  tenders: readonly Tender[],
  field = 'payments',
  { branchId, ...place }: PaymentPlace & { branchId?: string } = {},
): Promise<void> {
  if (tenders.length === 0) return;
  const methods = new Map((await paymentMethods(db, branchId)).map((method) => [method.method, method]));
  const errors = tenders.flatMap((tender, index) =>
    acceptanceErrors(`${field}.${index}`, tender, methods, place),
  );
  if (errors.length > 0) throw invalidFields(errors);
}

/** The errors of one tender, the limits of its amount included if the currency is known. @param field as for tenderErrors. */
export function acceptanceErrors(
  field: string,
  tender: Tender,
  methods: ReadonlyMap<PaymentMethodKind, PaymentMethod>,
  place: PaymentPlace,
): FieldError[] {
  const errors = tenderErrors(field, tender, methods, place);
  if (place.currency == null || !isPaymentMethod(tender.method)) return errors;
  const settings = methods.get(tender.method)!;
  return [...errors, ...limitErrors(inField(field, 'amount'), settings, tender.amount, place.currency)];
}

/** The path of a field of a tender. */
function inField(tender: string, name: string): string {
  return tender === '' ? name : `${tender}.${name}`;
}

/**
 * The errors of one tender, but for the limits of its amount (limitErrors).
 * @param field the place of the tender in the input; empty if it is the input itself.
 * @param methods the branch's payment methods.
 */
export function tenderErrors(
  field: string,
  { method, reference }: Pick<Tender, 'method' | 'reference'>,
  methods: ReadonlyMap<PaymentMethodKind, PaymentMethod>,
  place: PaymentPlace = {},
): FieldError[] {
  const at = (name: string) => inField(field, name);
  if (!isPaymentMethod(method)) {
    const names = [...methods.keys()].join(', ');
    return [{ field: at('method'), message: `"${method}" is not one of ${names}.`, code: 'UNKNOWN_METHOD' }];
  }
  const settings = methods.get(method)!;
  const refused = placeError(settings, place);
  if (refused !== undefined) return [{ field: at('method'), message: refused, code: 'METHOD_DISABLED' }];
  if (settings.needsReference && (reference ?? '').trim() === '') {
    const message = `${settings.name} needs a reference.`;
    return [{ field: at('reference'), message, code: 'REFERENCE_REQUIRED' }];
  }
  return textErrors(at('reference'), reference, { max: 200 });
}
