/**
 * The terms of a campaign: the items that it reduces, its conditions, its hours and its action. They are stored as JSON, in which
 * decimals are texts; the schemas here read both an input and what is stored.
 */
import { WEEKDAYS } from '#kernel/business-day.rules';
import { z } from 'zod';
import { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';

/** Most items, conditions, tiers or hours of one campaign. */
const MAX_IDS = 1_000;
const MAX_PARTS = 20;
const MAX_COUNT = 1_000;
const MAX_AMOUNT = 1_000_000_000;

const decimal = z
  .union([z.string(), z.custom<Decimal>((value) => Decimal.isDecimal(value))])
  .transform((value) => new Decimal(value));
const positive = decimal.refine((value) => value.greaterThan(0) && value.lessThanOrEqualTo(MAX_AMOUNT), {
  message: `Must be above zero, and ${MAX_AMOUNT} at most.`,
});
const notNegative = decimal.refine(
  (value) => !(value.isNegative() && !value.isZero()) && value.lessThanOrEqualTo(MAX_AMOUNT),
  { message: `Must be 0 to ${MAX_AMOUNT}.` },
);
const percent = decimal.refine(
  (value) => value.greaterThan(0) && value.lessThanOrEqualTo(100) && value.decimalPlaces() <= 4,
  { message: 'Must be above 0 and 100 at most, with 4 decimal places at most.' },
);
const multiplier = decimal.refine(
  (value) => value.greaterThan(1) && value.lessThanOrEqualTo(100) && value.decimalPlaces() <= 4,
  { message: 'Must be above 1 and 100 at most, with 4 decimal places at most.' },
);
const countFrom = (least: number) =>
  z
    .number()
    .int()
    .min(least, { message: `Must be ${least} to ${MAX_COUNT}.` })
    .max(MAX_COUNT, { message: `Must be ${least} to ${MAX_COUNT}.` });
const limit = countFrom(1).nullish();

const ids = z
  .array(z.string().refine(isUuid, { message: 'Must be an id.' }))
  .max(MAX_IDS, { message: `Name at most ${MAX_IDS}.` })
  .nullish()
  .transform((list) => [...new Set((list ?? []).map((id) => id.toLowerCase()))].sort());

/** A selection of items: those of any of its lists. All items if all lists are empty. */
export const ITEMS = z.strictObject({
  variantIds: ids,
  productIds: ids,
  categoryIds: ids,
  brandIds: ids,
});
export type CampaignItems = z.output<typeof ITEMS>;

/** The benefit that a campaign gives. */
export const ACTION = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('percent'), percent }),
  z.strictObject({ type: z.literal('amount'), amount: positive }),
  z.strictObject({ type: z.literal('fixed_price'), price: notNegative }),
  z.strictObject({
    type: z.literal('buy_x_get_y'),
    buy: countFrom(1),
    get: countFrom(1),
    percent,
    limit,
    rewards: ITEMS.nullish(),
  }),
  z.strictObject({ type: z.literal('bundle'), quantity: countFrom(2), price: notNegative, limit }),
  z.strictObject({
    type: z.literal('quantity_tiers'),
    tiers: z
      .array(z.strictObject({ quantity: positive, percent }))
      .min(1, { message: 'Name at least one tier.' })
      .max(MAX_PARTS, { message: `Name at most ${MAX_PARTS}.` }),
  }),
  z.strictObject({ type: z.literal('free_shipping') }),
  z.strictObject({ type: z.literal('points_multiplier'), multiplier }),
]);
export type CampaignAction = z.output<typeof ACTION>;

/** A condition of a campaign: an amount or a quantity of some items in the basket, before discounts of the order. */
const CONDITION = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('minimum_amount'), amount: positive, items: ITEMS.nullish() }),
  z.strictObject({ type: z.literal('minimum_quantity'), quantity: positive, items: ITEMS.nullish() }),
]);
export type CampaignCondition = z.output<typeof CONDITION>;
export const CONDITIONS = z.array(CONDITION).max(MAX_PARTS, { message: `Name at most ${MAX_PARTS}.` });

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { message: 'Must be a time, 00:00 to 23:59.' });

/** Hours of some weekdays, on the branch's clock. An end at or before the start is on the next day. */
const WINDOW = z.strictObject({
  weekdays: z
    .array(z.enum(WEEKDAYS))
    .nullish()
    .transform((days) => WEEKDAYS.filter((day) => days?.includes(day))),
  from: time.nullish().transform((from) => from ?? '00:00'),
  to: time.nullish().transform((to) => to ?? '00:00'),
});
export type CampaignWindow = z.output<typeof WINDOW>;
export const WINDOWS = z.array(WINDOW).max(MAX_PARTS, { message: `Name at most ${MAX_PARTS}.` });

/** The same with texts in place of decimals, as it is stored. */
export type Stored<Value> = Value extends Decimal
  ? string
  : Value extends readonly (infer Item)[]
    ? Stored<Item>[]
    : Value extends object
      ? { [Name in keyof Value]: Stored<Value[Name]> }
      : Value;
export type StoredAction = Stored<CampaignAction>;
export type StoredCondition = Stored<CampaignCondition>;
export type StoredWindow = CampaignWindow;

/** The form in which terms are stored. */
export function toStored<Value>(terms: Value): Stored<Value> {
  return JSON.parse(JSON.stringify(terms)) as Stored<Value>;
}

/**
 * Reads terms of an input, in which an omitted member is null or undefined.
 * @param field the path of the input's field, for the errors.
 * @returns undefined with at least one error.
 */
export function readTerms<Schema extends z.ZodType>(
  schema: Schema,
  field: string,
  input: unknown,
): { value: z.output<Schema> | undefined; errors: FieldError[] } {
  const result = schema.safeParse(withoutNulls(input));
  if (result.success) return { value: result.data, errors: [] };
  const errors = result.error.issues.map((issue) => ({
    field: [field, ...issue.path, ...(issue.code === 'unrecognized_keys' ? [issue.keys[0]!] : [])].join('.'),
    message: messageOf(issue),
    code: 'INVALID',
  }));
  return { value: undefined, errors };
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'Does not belong to this type.';
  return issue.code === 'invalid_type' ? 'Is required for this type.' : issue.message;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null || Decimal.isDecimal(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member != null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}
