/** Currencies of ISO 4217 with the organization's settings of them. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { ZERO, type Decimal } from '#kernel/decimal';
import { PosProError, notFound } from '#kernel/errors';
import { CURRENCIES, isCurrency, isoCurrency, type IsoCurrency } from '#kernel/iso-currencies';
import { FieldErrors, amountErrors } from '#kernel/validation';
import { lockOrganization, ownOrganization } from '#subgraphs/auth/index';
import { currencyChanged } from '../events';
import type { QueryCurrenciesArgs, UpdateCurrencyInput } from '../inputs.generated';
import { currencySettings, type CurrencySettingRow } from '../tables.generated';

/** A currency with the organization's settings of it; version 0 for settings that were never changed. */
export interface ShownCurrency extends Pick<CurrencySettingRow, 'enabled' | 'cashStep' | 'version'> {
  readonly code: string;
  readonly numericCode: string;
  readonly exponent: number;
  /** Whether it is the organization's own currency. */
  readonly isBase: boolean;
  /** Null for settings that were never changed. */
  readonly updatedAt: Date | null;
}

/** The organization's own currency and its smallest coin. */
interface Base {
  readonly currency: string;
  readonly cashRoundingStep: Decimal;
}

function shownCurrency(
  { code, number, exponent }: IsoCurrency,
  setting: CurrencySettingRow | undefined,
  { currency, cashRoundingStep }: Base,
): ShownCurrency {
  const isBase = code === currency;
  return {
    code,
    numericCode: number,
    exponent,
    isBase,
    enabled: isBase || setting?.enabled === true,
    cashStep: isBase ? cashRoundingStep : (setting?.cashStep ?? ZERO),
    updatedAt: setting?.updatedAt ?? null,
    version: setting?.version ?? 0,
  };
}

async function settingsByCode(db: Queryable): Promise<Map<string, CurrencySettingRow>> {
  const rows = await db.many<CurrencySettingRow>(
    sql`select ${currencySettings.select('s')} from currency_settings s`,
  );
  return new Map(rows.map((row) => [row.code, row]));
}

/** The currencies in which a shop can sell, the organization's own first, then by their codes. */
export async function listCurrencies(
  ctx: RequestContext,
  { enabled }: QueryCurrenciesArgs,
): Promise<ShownCurrency[]> {
  const base = await ownOrganization(ctx);
  const settings = await settingsByCode(ctx.db);
  const all = CURRENCIES.map((currency) => shownCurrency(currency, settings.get(currency.code), base));
  const wanted = enabled == null ? all : all.filter((currency) => currency.enabled === enabled);
  return [...wanted.filter(({ isBase }) => isBase), ...wanted.filter(({ isBase }) => !isBase)];
}

/** The codes of the enabled currencies, the organization's own first. */
export async function enabledCurrencies(ctx: RequestContext): Promise<string[]> {
  return (await listCurrencies(ctx, { enabled: true })).map(({ code }) => code);
}

/** A currency by its code. @throws PosProError 404, for a withdrawn one, too. */
export async function requireCurrency(ctx: RequestContext, code: string): Promise<ShownCurrency> {
  const currency = isoCurrency(codeOf(code));
  if (!currency) throw notFound('currency', code);
  const settings = await settingsByCode(ctx.db);
  return shownCurrency(currency, settings.get(currency.code), await ownOrganization(ctx));
}

/** @throws PosProError 404 */
function codeOf(code: string): string {
  const known = code.trim().toUpperCase();
  if (!isCurrency(known)) throw notFound('currency', code);
  return known;
}

const UPDATED = currencySettings.pick('enabled', 'cashStep', 'updatedAt');

/**
 * Changes the organization's settings of a currency; omitted and null fields keep their values. Emits "currency.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE for the organization's own currency, and for another version; 422 by field.
 */
export async function updateCurrency(
  ctx: RequestContext,
  code: string,
  input: UpdateCurrencyInput,
): Promise<ShownCurrency> {
  const before = await requireCurrency(ctx, code);
  const errors = new FieldErrors();
  if (input.cashStep != null)
    errors.take(amountErrors('cashStep', input.cashStep, before.code, 'not_negative'));
  errors.throwIfAny();
  if (before.isBase)
    throw new PosProError(
      'ILLEGAL_STATE',
      'The own currency is always enabled; its smallest coin is a setting of the organization (PUT /organization).',
    );
  return transact(ctx, async (tx) => {
    // A currency may have no row yet that could be locked.
    await lockOrganization(tx);
    const stored = (await settingsByCode(tx)).get(before.code);
    const version = stored?.version ?? 0;
    assertVersion(tx, 'currency', { version }, input.version);
    const present = stored ?? { enabled: false, cashStep: ZERO };
    const enabled = input.enabled ?? present.enabled;
    const cashStep = input.cashStep ?? present.cashStep;
    if (present.enabled === enabled && present.cashStep.equals(cashStep)) return { ...before, ...stored };
    const { organizationId, now } = tx;
    const row = { organizationId, code: before.code, enabled, cashStep, createdAt: now, updatedAt: now };
    const after = await tx.one<CurrencySettingRow>(sql`
      ${currencySettings.insert(row)} on conflict (organization_id, code) do update set ${UPDATED.excluded}
      returning ${currencySettings.select('currency_settings')}`);
    if (isChanged({ version }, after))
      tx.emit(currencyChanged({ key: before.code, payload: { code: before.code, enabled } }));
    return { ...before, enabled, cashStep, updatedAt: after.updatedAt, version: after.version };
  });
}
