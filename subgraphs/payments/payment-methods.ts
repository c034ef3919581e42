/** The payment methods of an organization: the default settings, unless it has changed them. */
import { isDeepStrictEqual } from 'node:util';
import { nameErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid, invalidFields, type FieldError } from '#kernel/errors';
import { lockOrganization } from '#subgraphs/auth/index';
import type { PaymentMethodKind, UpdatePaymentMethodInput } from './inputs.generated';
import { DEFAULT_PAYMENT_METHODS, isPaymentMethod, type PaymentMethod } from './payment-methods.rules';
import { type Tender } from './payments';
import { paymentMethodSettings } from './tables.generated';

/** The columns of PaymentMethod. */
const METHOD_COLUMNS = paymentMethodSettings.omit('organizationId');

/** The columns that an update overwrites. */
const UPDATED_COLUMNS = paymentMethodSettings.omit('organizationId', 'method', 'version');

/** All payment methods, in the order in which a till shows them. */
export async function paymentMethods(db: Queryable): Promise<PaymentMethod[]> {
  const settings = await db.many<PaymentMethod>(sql`
    select ${METHOD_COLUMNS.select('s')} from payment_method_settings s`);
  const byMethod = new Map(settings.map((setting) => [setting.method, setting]));
  return DEFAULT_PAYMENT_METHODS.map((preset) => byMethod.get(preset.method) ?? preset);
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
    const before = (await paymentMethods(tx)).find((candidate) => candidate.method === method);
    if (!before) throw invalid('method', `The payment method "${method}" has no settings.`);
    assertVersion(tx, 'payment method', before, input.version);
    const name = (input.name ?? before.name).trim();
    throwFieldErrors(nameErrors('name', name, { min: 1, max: 50 }));
    const { version } = before;
    const after: PaymentMethod = {
      method,
      name,
      enabled: input.enabled ?? before.enabled,
      opensDrawer: input.opensDrawer ?? before.opensDrawer,
      needsReference: input.needsReference ?? before.needsReference,
      version,
      updatedAt: before.updatedAt,
    };
    if (isDeepStrictEqual(after, before)) return before;
    return tx.one<PaymentMethod>(sql`
      ${paymentMethodSettings.insert({ ...after, organizationId: tx.organizationId, version: 1, updatedAt: tx.now })}
      on conflict (organization_id, method) do update set ${UPDATED_COLUMNS.excluded}
      returning ${METHOD_COLUMNS.select('payment_method_settings')}`);
  });
}

/**
 * Rejects tenders that the organization does not accept.
 * @param field the place of the tenders in the input.
 * @throws PosProError 422 by field: UNKNOWN_METHOD, METHOD_DISABLED, REFERENCE_REQUIRED.
 */
export async function assertTendersAccepted(
  db: Queryable,
  tenders: readonly Tender[],
  field = 'payments',
): Promise<void> {
  if (tenders.length === 0) return;
  const methods = new Map((await paymentMethods(db)).map((method) => [method.method, method]));
  const errors = tenders.flatMap((tender, index) => tenderErrors(`${field}.${index}`, tender, methods));
  if (errors.length > 0) throw invalidFields(errors);
}

/**
 * The errors of one tender.
 * @param field the place of the tender in the input.
 * @param methods the organization's payment methods.
 */
export function tenderErrors(
  field: string,
  { method, reference }: Tender,
  methods: ReadonlyMap<PaymentMethodKind, PaymentMethod>,
): FieldError[] {
  if (!isPaymentMethod(method)) {
    const names = [...methods.keys()].join(', ');
    return [
      { field: `${field}.method`, message: `"${method}" is not one of ${names}.`, code: 'UNKNOWN_METHOD' },
    ];
  }
  const { enabled, needsReference, name } = methods.get(method)!;
  if (!enabled)
    return [{ field: `${field}.method`, message: `${name} is not accepted here.`, code: 'METHOD_DISABLED' }];
  if (needsReference && (reference ?? '').trim() === '') {
    return [
      { field: `${field}.reference`, message: `${name} needs a reference.`, code: 'REFERENCE_REQUIRED' },
    ];
  }
  return textErrors(`${field}.reference`, reference, { max: 200 });
}
