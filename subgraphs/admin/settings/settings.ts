/** Settings of an organization and its branches by key: one list of what the domains' own settings hold. */
import type { RequestContext } from '#kernel/context';
import { snake } from '#kernel/casing';
import { PosProError, invalid, notFound, type FieldError } from '#kernel/errors';
import { branchesById, currencyOf } from '#subgraphs/auth/index';
import type { QuerySystemSettingsArgs, UpdateSystemSettingInput } from '../inputs.generated';
import { SETTING_GROUPS, isOfBranches, type SettingGroup, type SettingValues } from './setting-groups';
import {
  settingDefinitions,
  settingSchema,
  settingTypes,
  type DomainTypes,
  type SettingType,
} from './setting-types.rules';
import { shownValue } from './setting-values.rules';

/** A setting as callers see it. */
export interface SystemSetting {
  readonly key: string;
  readonly group: string;
  readonly owner: 'organization' | 'branch';
  readonly branchId: string | null;
  readonly description: string;
  /** JSON Schema. */
  readonly schema: unknown;
  readonly value: unknown;
  readonly default: unknown;
  readonly isSecret: boolean;
  readonly isSet: boolean;
  readonly updatedAt: Date | null;
  readonly version: number;
}

/** A setting with its place. */
export interface Setting {
  readonly key: string;
  readonly group: SettingGroup;
  readonly type: SettingType;
  readonly schema: unknown;
}

/** All settings by key, in the order of their groups. */
export type Settings = ReadonlyMap<string, Setting>;

/** Reads the settings from the schemas of the domains. @throws Error for a setting whose type cannot be a setting's. */
export function readSettings(domains: readonly DomainTypes[]): Settings {
  const definitions = settingDefinitions(domains);
  return new Map(
    SETTING_GROUPS.flatMap((group) =>
      settingTypes(definitions, group).map((type) => {
        const key = `${group.name}.${snake(type.field)}`;
        return [key, { key, group, type, schema: settingSchema(type) }] as const;
      }),
    ),
  );
}

/** @throws PosProError 404 */
function requireSetting(settings: Settings, key: string): Setting {
  const setting = settings.get(key);
  if (setting) return setting;
  const message = `There is no setting "${key}". GET /api/v1/admin/system-settings lists all of them.`;
  throw new PosProError('NOT_FOUND', message);
}

/**
 * The branch of a setting; undefined for a setting of the organization.
 * @throws PosProError 404 for an unknown branch; 422 without one for a setting of branches, and with one for another setting.
 */
async function branchFor(
  ctx: RequestContext,
  { key, group }: Setting,
  branchId: string | null | undefined,
): Promise<string | undefined> {
  if (branchId != null) await requireBranch(ctx, branchId);
  if (isOfBranches(group) && branchId == null)
    throw invalid('branchId', `Each branch has its own ${key}: name the branch.`, 'REQUIRED');
  if (!isOfBranches(group) && branchId != null)
    throw invalid('branchId', `The setting ${key} is the organization's. Omit the branch.`, 'NOT_ALLOWED');
  return branchId ?? undefined;
}

async function requireBranch({ db }: RequestContext, id: string): Promise<void> {
  const [branch] = await branchesById(db, [id]);
  if (!branch) throw notFound('branch', id);
}

/** Lists the settings. @throws PosProError 404 for an unknown branch; 422 for an unknown group, and for `branch` without a branch. */
export async function listSettings(
  ctx: RequestContext,
  settings: Settings,
  { group, branchId }: QuerySystemSettingsArgs,
): Promise<SystemSetting[]> {
  if (branchId != null) await requireBranch(ctx, branchId);
  const groups = SETTING_GROUPS.filter(
    (one) => (group == null || one.name === group) && (branchId != null || !isOfBranches(one)),
  );
  if (groups.length === 0) throw unknownGroup(group ?? '');
  const shown = await Promise.all(
    groups.map((one) =>
      shownOf(
        ctx,
        one,
        [...settings.values()].filter((setting) => setting.group === one),
        isOfBranches(one) ? (branchId ?? undefined) : undefined,
      ),
    ),
  );
  return shown.flat();
}

function unknownGroup(group: string): PosProError {
  const known = SETTING_GROUPS.map(({ name }) => name);
  if (known.includes(group))
    return invalid('branchId', 'Name the branch whose settings are asked for.', 'REQUIRED');
  return invalid(
    'group',
    `There is no group "${group}" of settings; there are ${known.join(', ')}.`,
    'UNKNOWN',
  );
}

/** Shows settings of one group. @param branchId of a group of branches. */
async function shownOf(
  ctx: RequestContext,
  group: SettingGroup,
  settings: readonly Setting[],
  branchId: string | undefined,
): Promise<SystemSetting[]> {
  const values = await group.read(ctx, branchId);
  const defaults = await group.defaults(ctx);
  const currency = await currencyOf(ctx);
  return settings.map((setting) => shown(setting, { values, defaults, currency, branchId }));
}

interface Shown {
  readonly values: SettingValues;
  readonly defaults: SettingValues;
  readonly currency: string;
  readonly branchId: string | undefined;
}

function shown(
  { key, group, type, schema }: Setting,
  { values, defaults, currency, branchId }: Shown,
): SystemSetting {
  const { field, description } = type;
  const secret = group.secrets?.[field];
  const value = secret ? null : shownValue(type, values[field], currency);
  return {
    key,
    group: group.name,
    owner: isOfBranches(group) ? 'branch' : 'organization',
    branchId: branchId ?? null,
    description,
    schema,
    value,
    default: shownValue(type, defaults[field], currency),
    isSecret: secret !== undefined,
    isSet: secret ? values[secret] === true : value !== null,
    updatedAt: values.version === 0 ? null : (values.updatedAt as Date | null),
    version: values.version as number,
  };
}

/** @throws PosProError 404; 422 for a missing or needless branch. */
export async function showSetting(
  ctx: RequestContext,
  settings: Settings,
  key: string,
  branchId: string | null | undefined,
): Promise<SystemSetting> {
  const setting = requireSetting(settings, key);
  return (await shownOf(ctx, setting.group, [setting], await branchFor(ctx, setting, branchId)))[0]!;
}

/**
 * The place of a setting in the audit trail.
 * @throws PosProError 404; 422 for a missing or needless branch.
 */
export async function placeOf(
  ctx: RequestContext,
  settings: Settings,
  key: string,
  branchId: string | null | undefined,
): Promise<{ setting: Setting; rowId: string }> {
  const setting = requireSetting(settings, key);
  return { setting, rowId: setting.group.rowId(ctx, await branchFor(ctx, setting, branchId)) };
}

/**
 * Changes a setting, by the function that changes the settings of its domain.
 * @throws PosProError 404; 409 or 412 for another version; 422 for a value of another type, and for one that the domain rejects.
 */
export async function updateSetting(
  ctx: RequestContext,
  settings: Settings,
  key: string,
  input: UpdateSystemSettingInput,
): Promise<SystemSetting> {
  const setting = requireSetting(settings, key);
  const branchId = await branchFor(ctx, setting, input.branchId);
  const { field } = setting.type;
  const changes = {
    [field]: readValue(setting, input.value),
    ...(input.version != null && { version: input.version }),
  };
  try {
    await setting.group.update(withoutSecret(ctx, setting), changes, branchId);
  } catch (error) {
    throw error instanceof PosProError && error.errors ? aboutValue(error, field) : error;
  }
  return (await shownOf(ctx, setting.group, [setting], branchId))[0]!;
}

/** The value as an input of the graph. @throws PosProError 422 that names the type as JSON Schema. */
function readValue({ key, type, schema, group }: Setting, value: unknown): unknown {
  if (value === undefined) throw invalid('value', 'Send the value of the setting.', 'REQUIRED');
  if (value === null) {
    if (!type.isNullable)
      throw wrongType(key, schema, [
        { field: 'value', message: 'The setting needs a value.', code: 'REQUIRED' },
      ]);
    // An empty text removes a text, as in the domain's own settings.
    return type.typeName === 'String' ? '' : null;
  }
  const read = type.type.safeParse(value);
  if (read.success) return read.data;
  // The message of an enum's error may quote the value; that of a secret must not.
  const errors = read.error.issues.map(({ path, message }) => ({
    field: ['value', ...path].join('.'),
    message: group.secrets?.[type.field] ? 'Must be a text.' : message,
    code: 'TYPE',
  }));
  throw wrongType(key, schema, errors);
}

function wrongType(key: string, schema: unknown, errors: FieldError[]): PosProError {
  const message = `The value of ${key} must match the schema ${JSON.stringify(schema)}.`;
  return new PosProError('VALIDATION_FAILED', message, { errors });
}

/** The domain's error about its field, as one about the value. */
function aboutValue(
  { code, status, message, errors, retryAfter, details }: PosProError,
  field: string,
): PosProError {
  const renamed = errors?.map((error) => ({
    ...error,
    field:
      error.field === field || error.field.startsWith(`${field}.`)
        ? `value${error.field.slice(field.length)}`
        : error.field,
  }));
  return new PosProError(code, message, {
    status,
    ...(renamed && { errors: renamed }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(details && { details }),
  });
}

/** The context of a change; the audit trail records no secret. */
function withoutSecret(ctx: RequestContext, { key, group, type }: Setting): RequestContext {
  const { operation } = ctx.request;
  if (!operation || group.secrets?.[type.field] === undefined) return ctx;
  const input = { key, input: { value: '[secret]' } };
  return { ...ctx, request: { ...ctx.request, operation: { ...operation, input } } };
}
