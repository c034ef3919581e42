/** How an organization takes each kind of tender: the usual terms, where it has not said otherwise. */
import { isDeepStrictEqual } from 'node:util';
import { nameFaults, textFaults, throwFaults } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid, invalidFields, type FieldError } from '#kernel/errors';
import type { UpdatePaymentMethodInput } from './inputs.generated';
import { lockOrganization } from '#subgraphs/auth/index';
import {
  USUAL_TERMS,
  isPaymentMethod,
  type PaymentMethodKind,
  type PaymentMethodTerms,
} from './payment-methods.rules';
import { type Tender } from './payments';
import { paymentMethodSettings } from './tables.generated';

/** The columns of PaymentMethodTerms. */
const TERMS = paymentMethodSettings.omit('organizationId', 'updatedAt');

/** The columns that a new setting overwrites. */
const CHANGED = paymentMethodSettings.omit('organizationId', 'method', 'version');

/** All kinds of tender, in the order in which a till shows them. */
export async function paymentMethods(db: Queryable): Promise<PaymentMethodTerms[]> {
  const settings = await db.many<PaymentMethodTerms>(sql`
    select ${TERMS.select('s')} from payment_method_settings s`);
  const byMethod = new Map(settings.map((setting) => [setting.method, setting]));
  return USUAL_TERMS.map((usual) => byMethod.get(usual.method) ?? usual);
}

/**
 * Says how the organization takes a kind of tender; what is left out stays.
 * @throws PosProError 409 for another version; 422 by field.
 */
export async function updatePaymentMethod(
  ctx: RequestContext,
  method: PaymentMethodKind,
  input: UpdatePaymentMethodInput,
): Promise<PaymentMethodTerms> {
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const before = (await paymentMethods(tx)).find((terms) => terms.method === method);
    if (!before) throw invalid('method', `How "${method}" is taken is not for settings to say.`);
    assertVersion(tx, 'payment method', before, input.version);
    const name = (input.name ?? before.name).trim();
    throwFaults(nameFaults('name', name, { min: 1, max: 50 }));
    const { version } = before;
    const after: PaymentMethodTerms = {
      method,
      name,
      enabled: input.enabled ?? before.enabled,
      opensDrawer: input.opensDrawer ?? before.opensDrawer,
      needsReference: input.needsReference ?? before.needsReference,
      version,
    };
    if (isDeepStrictEqual(after, before)) return before;
    return tx.one<PaymentMethodTerms>(sql`
      ${paymentMethodSettings.insert({ ...after, version: 1, organizationId: tx.organizationId, updatedAt: tx.now })}
      on conflict (organization_id, method) do update set ${CHANGED.excluded}
      returning ${TERMS.select('payment_method_settings')}`);
  });
}

/**
 * Holds payments of a sale against what the organization takes.
 * @param field the payments' place in the input, for the faults' names.
 * @throws PosProError 422 by field: UNKNOWN_METHOD, METHOD_DISABLED, REFERENCE_REQUIRED.
 */
export async function checkTenders(
  db: Queryable,
  tenders: readonly Tender[],
  field = 'payments',
): Promise<void> {
  if (tenders.length === 0) return;
  const terms = new Map((await paymentMethods(db)).map((method) => [method.method, method]));
  const faults = tenders.flatMap((tender, index) => tenderFaults(`${field}.${index}`, tender, terms));
  if (faults.length > 0) throw invalidFields(faults);
}

/**
 * What stands against one tender.
 * @param field its place in the input.
 * @param terms how the organization takes each kind.
 */
export function tenderFaults(
  field: string,
  { method, reference }: Tender,
  terms: ReadonlyMap<PaymentMethodKind, PaymentMethodTerms>,
): FieldError[] {
  if (!isPaymentMethod(method)) {
    const known = [...terms.keys()].join(', ');
    return [
      { field: `${field}.method`, message: `"${method}" is none of ${known}.`, code: 'UNKNOWN_METHOD' },
    ];
  }
  const { enabled, needsReference, name } = terms.get(method)!;
  if (!enabled)
    return [{ field: `${field}.method`, message: `${name} is not taken here.`, code: 'METHOD_DISABLED' }];
  if (needsReference && (reference ?? '').trim() === '') {
    return [
      { field: `${field}.reference`, message: `${name} needs a reference.`, code: 'REFERENCE_REQUIRED' },
    ];
  }
  return textFaults(`${field}.reference`, reference, { max: 200 });
}
