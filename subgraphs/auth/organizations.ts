import { withoutNull } from '#kernel/collections';
import { organizationOf } from '#kernel/auth/access';
import { FieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO } from '#kernel/decimal';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import {
  checkRoundingStep,
  checkTimeZone,
  checkedCurrency,
  checkedLanguage,
  checkedText,
  optionalText,
} from './validators.rules';
import type { RegisterUserInput, UpdateOrganizationInput } from './inputs.generated';
import { ORGANIZATION_FIELDS, type Organization } from './model';
import { organizations } from './tables.generated';
import { organizationChanged } from './events';

/** The settings of a new organization; each but the name has a default. The currency cannot be changed afterwards. */
export interface OrganizationSettings
  extends Omit<UpdateOrganizationInput, 'name'>, Pick<RegisterUserInput, 'currency'> {
  readonly name: string;
}

export type CheckedOrganization = Omit<Organization, 'id' | 'createdAt' | 'version'>;

/** The settings of an organization that registers without them. */
export const ORGANIZATION_DEFAULTS = {
  currency: 'EUR',
  roundingMode: 'HALF_UP',
  pricesIncludeTax: true,
  cashRoundingStep: ZERO,
  timeZone: 'UTC',
  defaultLanguage: 'en',
} as const;

/** Checks an organization's settings and adds the defaults. @param nameField field of the name in the caller's input. */
export function checkedOrganization(
  faults: FieldErrors,
  input: OrganizationSettings,
  nameField: string,
): CheckedOrganization {
  const checked: CheckedOrganization = {
    name: checkedText(faults, nameField, input.name, { max: 200 }),
    currency: checkedCurrency(faults, 'currency', input.currency ?? ORGANIZATION_DEFAULTS.currency),
    roundingMode: input.roundingMode ?? ORGANIZATION_DEFAULTS.roundingMode,
    pricesIncludeTax: input.pricesIncludeTax ?? ORGANIZATION_DEFAULTS.pricesIncludeTax,
    cashRoundingStep: input.cashRoundingStep ?? ORGANIZATION_DEFAULTS.cashRoundingStep,
    timeZone: input.timeZone ?? ORGANIZATION_DEFAULTS.timeZone,
    taxNumber: optionalText(faults, 'taxNumber', input.taxNumber, { max: 50 }),
    reportingCurrency: checkedReportingCurrency(faults, input),
    defaultLanguage: checkedLanguage(
      faults,
      'defaultLanguage',
      input.defaultLanguage ?? ORGANIZATION_DEFAULTS.defaultLanguage,
    ),
  };
  checkTimeZone(faults, 'timeZone', checked.timeZone);
  checkRoundingStep(faults, 'cashRoundingStep', checked.cashRoundingStep, checked.currency);
  return checked;
}

/** The second currency; null without one. */
function checkedReportingCurrency(
  faults: FieldErrors,
  { currency = ORGANIZATION_DEFAULTS.currency, reportingCurrency }: OrganizationSettings,
): string | null {
  if (reportingCurrency == null || reportingCurrency.trim() === '') return null;
  const second = checkedCurrency(faults, 'reportingCurrency', reportingCurrency);
  if (second === currency?.trim().toUpperCase())
    faults.add('reportingCurrency', 'Must be another currency than that of the organization.', 'SAME');
  return second;
}

/** Writes the organization of the transaction, which is new. */
export async function insertOrganization(tx: Transaction, organization: CheckedOrganization): Promise<void> {
  const times = { createdAt: tx.now, updatedAt: tx.now };
  await tx.run(
    organizations.insert({
      ...organization,
      id: tx.organizationId,
      organizationId: tx.organizationId,
      ...times,
    }),
  );
}

/** The organizations among these ids that the caller may see: their own. */
export function organizationsById(
  { prisma }: Pick<RequestContext, 'prisma'>,
  ids: readonly string[],
): Promise<Organization[]> {
  return prisma.organization.findMany({
    where: { id: { in: ids.filter(isUuid) } },
    omit: { organizationId: true },
  });
}

/** The caller's own organization. */
export async function ownOrganization(ctx: RequestContext): Promise<Organization> {
  const id = organizationOf(ctx);
  const [organization] = await organizationsById(ctx, [id]);
  if (!organization) throw notFound('organization', id);
  return organization;
}

/**
 * Changes the caller's organization; omitted and null fields keep their values, and an empty tax number removes it.
 * Emits "organization.changed".
 * @throws PosProError 409 for another version; 422 by field.
 */
export async function updateOrganization(
  ctx: RequestContext,
  changes: UpdateOrganizationInput,
): Promise<Organization> {
  return transact(ctx, async (tx) => {
    const before = await tx.one<Organization>(sql`
      select ${ORGANIZATION_FIELDS.select('o')} from organizations o where o.id = ${tx.organizationId} for update`);
    assertVersion(tx, 'organization', before, changes.version);
    const faults = new FieldErrors();
    const checked = checkedOrganization(
      faults,
      { ...before, ...withoutNull(changes), currency: before.currency },
      'name',
    );
    faults.throwIfAny();
    const { version, updatedAt } = await tx.prisma.organization.update({
      where: { id: before.id },
      data: { ...checked, updatedAt: tx.now },
      select: { version: true, updatedAt: true },
    });
    const after = { ...before, ...checked, version, updatedAt };
    if (isChanged(before, after))
      tx.emit(organizationChanged({ key: after.id, payload: { name: after.name } }));
    return after;
  });
}

/**
 * Locks the caller's organization until the commit: for settings that must not be written twice at once and may have no row of
 * their own yet.
 */
export async function lockOrganization(tx: Transaction): Promise<void> {
  await tx.run(sql`select id from organizations where id = ${tx.organizationId} for no key update`);
}
