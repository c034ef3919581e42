/** The changes of the schema that break clients of the last release, and the dates of deprecated parts. */
import { CriticalityLevel, diff, type Change } from '@graphql-inspector/core';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
} from 'graphql';

/**
 * The reason of every `@deprecated`: when it began, from when the part may go, and what to use instead. A client has six months at least,
 * the time for which an app in a store is still used.
 */
const REASON = /^Since (\d{4}-\d{2}-\d{2}), removed after (\d{4}-\d{2}-\d{2}): [A-Z`].*\.$/s;
const FORM = '"Since 2026-12-01, removed after 2027-06-01: Use `other`."';
const NOTICE_MONTHS = 6;

interface Deprecation {
  /** As `Type.field`, `Type.field.argument`, or `Enum.VALUE`. */
  readonly coordinate: string;
  readonly reason: string;
}

/** Every deprecated field, argument, input field and enum value. */
function deprecationsOf(schema: GraphQLSchema): Deprecation[] {
  const found: Deprecation[] = [];
  const add = (coordinate: string, reason: string | null | undefined) => {
    if (reason != null) found.push({ coordinate, reason });
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isEnumType(type))
      for (const value of type.getValues()) add(`${type.name}.${value.name}`, value.deprecationReason);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    const fields = Object.values<GraphQLField<unknown, unknown> | GraphQLInputField>(type.getFields());
    for (const field of fields) {
      const coordinate = `${type.name}.${field.name}`;
      add(coordinate, field.deprecationReason);
      if ('args' in field)
        for (const argument of field.args) add(`${coordinate}.${argument.name}`, argument.deprecationReason);
    }
  }
  return found;
}

/** Errors in the reasons of deprecated parts, a sentence each. */
export function deprecationErrors(schema: GraphQLSchema): string[] {
  return deprecationsOf(schema).flatMap(({ coordinate, reason }) => {
    const dates = REASON.exec(reason);
    if (!dates) return [`${coordinate}: a @deprecated gives its reason as ${FORM}; this one is "${reason}".`];
    const earliest = new Date(`${dates[1]}T00:00:00Z`);
    earliest.setUTCMonth(earliest.getUTCMonth() + NOTICE_MONTHS);
    return new Date(`${dates[2]}T00:00:00Z`) < earliest
      ? [`${coordinate}: at least ${NOTICE_MONTHS} months lie between its deprecation and its removal.`]
      : [];
  });
}

/**
 * Changes that break a client of the released schema, a sentence each. A part may go, or change in any way, once its time of removal, which
 * the released schema gives, is over.
 * @param today as `2026-12-01`
 */
export async function breakingChanges(
  released: GraphQLSchema,
  next: GraphQLSchema,
  today: string,
): Promise<string[]> {
  const over = new Set(
    deprecationsOf(released).flatMap(({ coordinate, reason }) => {
      const until = REASON.exec(reason)?.[2];
      return until !== undefined && until < today ? [coordinate] : [];
    }),
  );
  const changes = await diff(released, next);
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .filter(({ path }) => path === undefined || !isWithin(path, over))
    .map(sentenceOf);
}

/** Whether a changed part, or one that it belongs to, is among them. */
function isWithin(path: string, parts: ReadonlySet<string>): boolean {
  const names = path.split('.');
  return names.some((_, index) => parts.has(names.slice(0, index + 1).join('.')));
}

function sentenceOf({ message, path }: Change): string {
  return `${path ?? 'The schema'}: ${message}.`;
}
