/**
 * Checks every text argument of an operation, in literals and variables, before its resolver runs: texts that
 * cannot be stored or are too long are rejected by field, and card numbers are masked in mutations.
 */
import {
  defaultFieldResolver,
  getNullableType,
  isInputObjectType,
  isListType,
  isScalarType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { forEachField } from '@graphql-tools/utils';
import type { RequestContext } from '../context';
import { invalidFields, type FieldError } from '../errors';
import { storableJson, storableText, textError } from '../texts.rules';
import { jsonErrors, MAX_ERRORS } from './input-errors';
import { inputBehind, Unreadable } from './deferred-input';

type Path = readonly (string | number)[];

interface Reading {
  readonly errors: FieldError[];
  /** Whether card numbers are masked: search terms are not stored. */
  readonly masks: boolean;
  /** Number of texts masked so far. */
  masked: number;
}

/** The original of each masked input, kept as long as the masked one. */
const originals = new WeakMap<object, object>();

/**
 * An input object as sent, card numbers included: for signatures, which cover the original. It must not be
 * stored, logged, or answered.
 */
export function unmaskedInput<Input extends object>(input: Input): Input {
  return (originals.get(input) as Input | undefined) ?? input;
}

/** Returns a value of the input, checked and masked. @param name the field of the texts. */
type Reader = (value: unknown, path: Path, name: string, reading: Reading) => unknown;

/** Wraps every field with text arguments in the check. */
export function guardTexts(schema: GraphQLSchema): void {
  const readers = new Map<string, Reader>();
  const mutation = schema.getMutationType()?.name;
  forEachField(schema, (field: GraphQLField<unknown, RequestContext>, typeName) =>
    guardField(field, typeName === mutation, readers),
  );
}

function guardField(
  field: GraphQLField<unknown, RequestContext>,
  masks: boolean,
  readers: Map<string, Reader>,
): void {
  const read = field.args.flatMap(({ name, type }) => {
    const reader = readerOf(type, readers);
    return reader
      ? [{ name, reader, isBody: name === 'input' && isInputObjectType(getNullableType(type)) }]
      : [];
  });
  if (read.length === 0 || field.name.startsWith('_')) return;
  const readAll = (args: Record<string, unknown>): Record<string, unknown> => {
    const reading: Reading = { errors: [], masks, masked: 0 };
    const kept = { ...args };
    for (const { name, reader, isBody } of read) {
      if (args[name] != null) kept[name] = reader(args[name], isBody ? [] : [name], name, reading);
    }
    if (reading.errors.length > 0) throw invalidFields(reading.errors.slice(0, MAX_ERRORS));
    return kept;
  };
  const { resolve = defaultFieldResolver, subscribe } = field;
  field.resolve = (source, args: Record<string, unknown>, ctx, info) =>
    resolve(source, readAll(args), ctx, info);
  if (subscribe) {
    field.subscribe = (source, args: Record<string, unknown>, ctx, info) =>
      subscribe(source, readAll(args), ctx, info);
  }
}

/** The reader of a type; undefined for a type without texts. */
function readerOf(type: GraphQLInputType, readers: Map<string, Reader>): Reader | undefined {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const item = readerOf(nullable.ofType, readers);
    if (!item) return undefined;
    return (list, path, name, reading) =>
      (list as unknown[]).map((value, at) =>
        value == null ? value : item(value, [...path, at], name, reading),
      );
  }
  if (isInputObjectType(nullable)) return objectReader(nullable, readers);
  if (!isScalarType(nullable)) return undefined;
  const input = inputBehind(nullable);
  return input ? standInReader(objectReader(input, readers)) : TEXT_READERS[nullable.name];
}

const TEXT_READERS: Readonly<Record<string, Reader>> = {
  String: (text, path, name, reading) => readText(text as string, path, name, reading, false),
  // In the valid parts of an item that cannot be read, an id may still be the number that was sent.
  ID: (id, path, name, reading) => readText(String(id), path, name, reading, true),
  JSON: (value, path, name, reading) => {
    reading.errors.push(...jsonErrors(value, path, name));
    if (!reading.masks || reading.errors.length > 0) return value;
    // It is always a copy.
    reading.masked += 1;
    return storableJson(value, name);
  },
};

function readText(text: string, path: Path, name: string, reading: Reading, isId: boolean): string {
  const fault = textError(name, text, isId);
  if (fault) reading.errors.push({ field: path.join('.'), ...fault });
  // An id is a code, whatever its name.
  if (fault || isId || !reading.masks) return text;
  const kept = storableText(name, text);
  if (kept !== text) reading.masked += 1;
  return kept;
}

/** The errors of such an item were found when it was read; its valid parts are stored anyway. */
function standInReader(read: Reader): Reader {
  return (value, path, name, reading) =>
    value instanceof Unreadable
      ? new Unreadable(
          value.errors,
          read(value.parts, path, name, { ...reading, errors: [] }) as Record<string, unknown>,
        )
      : read(value, path, name, reading);
}

function objectReader(type: GraphQLInputObjectType, readers: Map<string, Reader>): Reader {
  const known = readers.get(type.name);
  if (known) return known;
  // The fields are read on first use: a type may contain itself.
  let fields: (readonly [name: string, reader: Reader])[] | undefined;
  const reader: Reader = (value, path, _name, reading) => {
    fields ??= Object.values(type.getFields()).flatMap((field) => {
      const read = readerOf(field.type, readers);
      return read ? [[field.name, read] as const] : [];
    });
    const kept = { ...(value as Record<string, unknown>) };
    const before = reading.masked;
    for (const [name, read] of fields) {
      if (kept[name] != null) kept[name] = read(kept[name], [...path, name], name, reading);
    }
    if (reading.masked > before) originals.set(kept, value as object);
    return kept;
  };
  readers.set(type.name, reader);
  return reader;
}
