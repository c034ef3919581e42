/** Checks of a campaign's input. */
import { cleanName, emptyToNull } from '#kernel/clean-text.rules';
import { withoutNull } from '#kernel/collections';
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { FieldErrors, amountErrors, nameErrors, textErrors } from '#kernel/validation';
import type { CreateCampaignInput, UpdateCampaignInput } from '../inputs.generated';
import type { CampaignRow, NewCampaign } from '../tables.generated';
import {
  ACTION,
  CONDITIONS,
  ITEMS,
  WINDOWS,
  readTerms,
  toStored,
  type CampaignAction,
  type CampaignCondition,
} from './campaign-terms.rules';

const MAX_PRIORITY = 1_000_000;
const MAX_BRANCHES = 500;
const MAX_CUSTOMERS = 1_000;
/** Of groups, and of segments. */
const MAX_AUDIENCES = 100;
const MAX_USES = 1_000_000_000;

/** The terms of a new campaign that its input omits, without the defaults of columns. */
const DEFAULTS = {
  channels: [],
  branchIds: [],
  customerIds: [],
  groupIds: [],
  segmentIds: [],
  items: {},
} as const;

/** The columns that a caller sets. */
export type CampaignTerms = Omit<
  CampaignRow,
  | 'id'
  | 'organizationId'
  | 'status'
  | 'uses'
  | 'spent'
  | 'entries'
  | 'createdAt'
  | 'updatedAt'
  | 'version'
  | 'deletedAt'
>;

/** Those of a new campaign, which may omit the columns that can be null. */
type NewTerms = Omit<NewCampaign, 'id' | 'organizationId' | 'createdAt' | 'updatedAt'>;

type Terms = CreateCampaignInput | Omit<UpdateCampaignInput, 'version'>;

/** The columns of a new campaign. @throws PosProError 422 by field. */
export function newTerms(input: CreateCampaignInput, currency: string): NewTerms {
  return changedTerms({ ...DEFAULTS, ...withoutNull(input) }, currency) as NewTerms;
}

/** The columns that an update changes. @throws PosProError 422 by field. */
export function changedTerms(input: Terms, currency: string): Partial<CampaignTerms> {
  const errors = new FieldErrors();
  checkNumbers(errors, input, currency);
  const terms = {
    ...texts(errors, input),
    ...nullable(input),
    ...ids(errors, input),
    ...structured(errors, input, currency),
    ...withoutNull({
      priority: input.priority,
      stacking: input.stacking,
      requiresCode: input.requiresCode,
      channels: input.channels && [...new Set(input.channels)],
      audience: input.audience,
    }),
  };
  errors.throwIfAny();
  return terms;
}

/** Errors of a period that ends before it starts. */
export function periodErrors({ startsAt, endsAt }: Pick<NewTerms, 'startsAt' | 'endsAt'>): FieldError[] {
  if (!startsAt || !endsAt || endsAt > startsAt) return [];
  return [{ field: 'endsAt', message: 'Must be later than startsAt.', code: 'RANGE' }];
}

function checkNumbers(errors: FieldErrors, input: Terms, currency: string): void {
  if (Math.abs(input.priority ?? 0) > MAX_PRIORITY)
    errors.add('priority', `Must be -${MAX_PRIORITY} to ${MAX_PRIORITY}.`, 'RANGE');
  if (input.budget) errors.take(amountErrors('budget', input.budget, currency, 'positive'));
  for (const field of ['usesLimit', 'usesPerCustomer'] as const) {
    const limit = input[field];
    if (limit != null && (limit < 1 || limit > MAX_USES))
      errors.add(field, `Must be 1 to ${MAX_USES}.`, 'RANGE');
  }
}

function texts(errors: FieldErrors, { name, description, stackingGroup }: Terms) {
  if (name != null) errors.take(nameErrors('name', name, { min: 1, max: 100 }));
  errors.take(textErrors('description', description, { max: 1_000 }));
  errors.take(nameErrors('stackingGroup', stackingGroup ?? '', { max: 50 }));
  return {
    ...(name != null && { name: cleanName(name) }),
    ...(description !== undefined && { description: emptyToNull(description) }),
    ...(stackingGroup !== undefined && { stackingGroup: emptyToNull(stackingGroup) }),
  };
}

/** Fields that null empties. */
function nullable({ startsAt, endsAt, budget, usesLimit, usesPerCustomer }: Terms) {
  const fields = { startsAt, endsAt, budget, usesLimit, usesPerCustomer };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function ids(errors: FieldErrors, { branchIds, customerIds, groupIds, segmentIds }: Terms) {
  const checked = (field: string, list: readonly string[], most: number) => {
    if (list.length > most) errors.add(field, `Name at most ${most}.`, 'LENGTH');
    list.forEach((id, index) => {
      if (!isUuid(id)) errors.add(`${field}.${index}`, 'Must be an id.', 'NOT_FOUND');
    });
    return [...new Set(list.map((id) => id.toLowerCase()))];
  };
  return {
    ...(branchIds && { branchIds: checked('branchIds', branchIds, MAX_BRANCHES) }),
    ...(customerIds && { customerIds: checked('customerIds', customerIds, MAX_CUSTOMERS) }),
    ...(groupIds && { groupIds: checked('groupIds', groupIds, MAX_AUDIENCES) }),
    ...(segmentIds && { segmentIds: checked('segmentIds', segmentIds, MAX_AUDIENCES) }),
  };
}

/** The terms that are stored as JSON. */
function structured(errors: FieldErrors, input: Terms, currency: string) {
  const read = <Schema extends Parameters<typeof readTerms>[0]>(schema: Schema, field: keyof Terms) => {
    if (input[field] == null) return undefined;
    const { value, errors: found } = readTerms(schema, field, input[field]);
    errors.take(found);
    return value;
  };
  const windows = read(WINDOWS, 'windows');
  const items = read(ITEMS, 'items');
  const conditions = read(CONDITIONS, 'conditions');
  const action = read(ACTION, 'action');
  (conditions ?? []).forEach((condition, index) => {
    for (const [field, amount] of moneyOf(condition))
      errors.take(amountErrors(`conditions.${index}.${field}`, amount, currency, 'not_negative'));
  });
  for (const [field, amount] of action ? moneyOf(action) : [])
    errors.take(amountErrors(`action.${field}`, amount, currency, 'not_negative'));
  return {
    ...(windows && { windows }),
    ...(items && { items }),
    ...(conditions && { conditions: toStored(conditions) }),
    ...(action && { action: toStored(action) }),
  };
}

function moneyOf(terms: CampaignAction | CampaignCondition): [field: string, amount: Decimal][] {
  return [
    ...('amount' in terms ? [['amount', terms.amount] as [string, Decimal]] : []),
    ...('price' in terms ? [['price', terms.price] as [string, Decimal]] : []),
  ];
}
