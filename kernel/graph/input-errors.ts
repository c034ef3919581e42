/** The errors of a value for an input of the graph, by field. */
import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLScalarType,
} from 'graphql';
import { PosProError, type FieldError } from '../errors';
import { textError } from '../texts.rules';

/** Maximum number of errors: a body of a thousand invalid rows is answered with the first ones. */
export const MAX_ERRORS = 50;

type Path = readonly (string | number)[];

/**
 * Adds the errors of a value of a type of the graph.
 * @param value as sent, in JSON and in the graph's names.
 * @param path its place; the fields of the errors start with it.
 */
export function collectErrors(
  type: GraphQLInputType,
  value: unknown,
  path: Path,
  errors: FieldError[],
): void {
  if (errors.length >= MAX_ERRORS) return;
  if (isNonNullType(type)) {
    if (value === undefined || value === null) report(errors, path, 'is missing.', 'REQUIRED');
    else collectErrors(type.ofType, value, path, errors);
    return;
  }
  if (value === undefined || value === null) return;
  if (isListType(type)) {
    if (Array.isArray(value))
      value.forEach((item, index) => collectErrors(type.ofType, item, [...path, index], errors));
    else collectErrors(type.ofType, value, path, errors);
  } else if (isInputObjectType(type)) checkObject(type, value, path, errors);
  else if (isEnumType(type)) {
    if (typeof value === 'string' && type.getValue(value)) return;
    const names = type.getValues().map(({ name }) => name);
    report(errors, path, `must be one of ${names.join(', ')}.`, 'INVALID');
  } else if (isScalarType(type)) checkScalar(type, value, path, errors);
}

function checkObject(type: GraphQLInputObjectType, value: unknown, path: Path, errors: FieldError[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report(errors, path, 'must be an object.', 'INVALID');
    return;
  }
  const fields = type.getFields();
  const given = value as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(fields, name)) continue;
    report(
      errors,
      [...path, name],
      `is not known here. Known are: ${Object.keys(fields).join(', ')}.`,
      'UNKNOWN_FIELD',
    );
  }
  for (const field of Object.values(fields)) {
    const fieldValue = given[field.name];
    if (fieldValue === undefined && field.defaultValue !== undefined) continue;
    collectErrors(field.type, fieldValue, [...path, field.name], errors);
  }
  const set = Object.values(given).filter((each) => each !== undefined && each !== null).length;
  if (type.isOneOf && set !== 1)
    report(errors, path, `must have exactly one of ${Object.keys(fields).join(', ')}.`, 'INVALID');
}

/** The end of a message about a value of another type. @param type of the graph. */
export function mustBe(type: string): string {
  return BUILT_IN[type] ?? `must be a ${type}.`;
}

const BUILT_IN: Readonly<Record<string, string>> = {
  Int: 'must be a whole number of at most 2,147,483,647.',
  Float: 'must be a number.',
  String: 'must be a text.',
  Boolean: 'must be true or false.',
  ID: 'must be an id.',
};

function checkScalar(type: GraphQLScalarType, value: unknown, path: Path, errors: FieldError[]): void {
  try {
    const parsed: unknown = type.parseValue(value);
    if (parsed !== undefined) {
      errors.push(...textErrors(type, parsed, path));
      return;
    }
    report(errors, path, mustBe(type.name), 'INVALID');
  } catch (error) {
    const own = error instanceof PosProError ? error.message : undefined;
    if (own !== undefined) errors.push({ field: path.join('.'), message: own, code: 'INVALID' });
    else report(errors, path, mustBe(type.name), 'INVALID');
  }
}

function textErrors({ name }: GraphQLScalarType, value: unknown, path: Path): FieldError[] {
  const field = String(path.findLast((step) => typeof step === 'string') ?? '');
  if (name === 'JSON') return jsonErrors(value, path, field);
  const fault =
    name === 'String' || name === 'ID' ? textError(field, value as string, name === 'ID') : undefined;
  return fault ? [{ field: path.join('.'), ...fault }] : [];
}

/** Maximum depth of a JSON value. */
const MAX_JSON_DEPTH = 20;

/**
 * The errors of the texts in a JSON value, including the names of its members. @param name of the field with
 * the value.
 */
export function jsonErrors(value: unknown, path: Path, name: string): FieldError[] {
  const errors: FieldError[] = [];
  const add = (at: Path, fault: Omit<FieldError, 'field'> | undefined) => {
    if (fault && errors.length < MAX_ERRORS) errors.push({ field: at.join('.'), ...fault });
  };
  const look = (part: unknown, at: Path, called: string): void => {
    if (typeof part === 'string') add(at, textError(called, part));
    if (typeof part !== 'object' || part === null) return;
    if (at.length - path.length >= MAX_JSON_DEPTH) {
      add(path, {
        message: `The value must not be more than ${MAX_JSON_DEPTH} levels deep.`,
        code: 'INVALID',
      });
      return;
    }
    for (const [key, member] of Object.entries(part)) {
      const isName = !Array.isArray(part);
      const fault = isName ? textError('name', key) : undefined;
      // An invalid name cannot be used in a path.
      if (fault) add(at, { ...fault, message: `It has an invalid name: ${fault.message}` });
      else look(member, [...at, isName ? key : Number(key)], isName ? key : called);
    }
  };
  look(value, path, name);
  return errors;
}

function report(errors: FieldError[], path: Path, what: string, code: string): void {
  const field = path.join('.');
  errors.push({ field, message: field === '' ? `The input ${what}` : `"${field}" ${what}`, code });
}
