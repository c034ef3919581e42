/**
 * Reads values by their type in the graph: JSON, and the text of paths, query strings and form fields. The
 * readers are made once, at start-up. They check everything that can be checked without the domain, so that a
 * caller gets all errors together, under the sent names; they return the JSON value under the graph's names.
 */
import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLScalarType,
} from 'graphql';
import type { FieldError } from '#kernel/errors';
import { jsonErrors } from '#kernel/graph/input-errors';
import { scalarResolvers } from '#kernel/graph/scalars';
import { Unreadable } from '#kernel/graph/deferred-input';
import { textError } from '#kernel/texts.rules';
import { snake } from '../casing';
import { UPLOAD } from '../rest-schema';
import { standsFor } from '../deferred-inputs';

/** Collects errors. More than a hundred would not help, and a hostile body could cause millions. */
export class InputErrors {
  readonly list: FieldError[] = [];

  add(field: string, message: string, code: string): unknown {
    if (this.list.length < 100) this.list.push({ field, message, code });
    return undefined;
  }
}

/** @returns the value under the graph's names; any value if an error was added. */
export type JsonReader = (value: unknown, field: string, errors: InputErrors) => unknown;
/** @param texts of a name that may be repeated. */
export type TextReader = (texts: readonly string[], field: string, errors: InputErrors) => unknown;

/** Makes the readers of a schema's types; an input type that many operations share has one. */
export class Readers {
  private readonly objects = new Map<string, JsonReader>();

  json(type: GraphQLInputType): JsonReader {
    if (isNonNullType(type)) {
      const read = this.json(type.ofType);
      return (value, field, errors) =>
        value == null
          ? errors.add(field, `${lastStep(field)} is required.`, 'REQUIRED')
          : read(value, field, errors);
    }
    const read = this.nullable(type);
    return (value, field, errors) => (value === null ? null : read(value, field, errors));
  }

  private nullable(type: GraphQLInputType): JsonReader {
    if (isListType(type)) {
      const read = this.json(type.ofType);
      return (value, field, errors) =>
        Array.isArray(value)
          ? value.map((item, at) => read(item, `${field}.${at}`, errors))
          : errors.add(field, `${lastStep(field)} must be a list.`, 'INVALID');
    }
    if (isInputObjectType(type)) return this.object(type);
    const input = standsFor(type);
    return input ? this.standIn(input) : leafReader(type);
  }

  /** The errors of the value are passed on with it: they do not reject the request. */
  private standIn(input: GraphQLInputObjectType): JsonReader {
    const read = this.object(input);
    return (value) => {
      const errors = new InputErrors();
      const parts = read(value, '', errors);
      return errors.list.length === 0
        ? parts
        : new Unreadable(errors.list, isPlainObject(parts) ? parts : {});
    };
  }

  private object(type: GraphQLInputObjectType): JsonReader {
    // The fields are made on first use: an input type may contain itself.
    let reader = this.objects.get(type.name);
    if (reader) return reader;
    let read: ((value: Record<string, unknown>, field: string, errors: InputErrors) => unknown) | undefined;
    reader = (value, field, errors) => {
      if (!isPlainObject(value)) return errors.add(field, `${lastStep(field)} must be an object.`, 'INVALID');
      read ??= this.fields(type);
      return read(value, field, errors);
    };
    this.objects.set(type.name, reader);
    return reader;
  }

  private fields(type: GraphQLInputObjectType) {
    const fields = Object.values(type.getFields()).filter(
      (field) => String(field.type).replace(/\W/g, '') !== UPLOAD,
    );
    const known = new Map(
      fields.map((field) => [
        snake(field.name),
        { name: field.name, read: this.json(field.type), required: isRequiredInputField(field) },
      ]),
    );
    return (value: Record<string, unknown>, path: string, errors: InputErrors): Record<string, unknown> => {
      const prefix = path && `${path}.`;
      const result: Record<string, unknown> = {};
      for (const name of Object.keys(value)) {
        const field = known.get(name);
        if (field) result[field.name] = field.read(value[name], prefix + name, errors);
        else errors.add(prefix + name, unknownName(name, known), 'UNKNOWN_FIELD');
      }
      for (const [name, field] of known) {
        if (field.required && !Object.hasOwn(value, name))
          errors.add(prefix + name, `${name} is required.`, 'REQUIRED');
      }
      return result;
    };
  }

  text(type: GraphQLInputType): TextReader {
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      const read = this.text(nullable.ofType);
      return (texts, field, errors) =>
        texts.flatMap((text) => text.split(',')).map((text) => read([text.trim()], field, errors));
    }
    if (isInputObjectType(nullable) || standsFor(nullable)) {
      const read = this.json(type);
      return ([text], field, errors) => {
        const parsed = parseJson(text!);
        return parsed
          ? read(parsed.value, field, errors)
          : errors.add(field, `${lastStep(field)} must be JSON.`, 'MALFORMED');
      };
    }
    const read = leafReader(nullable);
    const convert = TEXT_CONVERSIONS[nullable.name];
    return (texts, field, errors) => {
      const text = texts.at(-1)!;
      if (!convert) return read(text, field, errors);
      const value = convert.read(text);
      return value === undefined
        ? errors.add(field, `${lastStep(field)} must be ${convert.meaning}, not "${text}".`, 'MALFORMED')
        : read(value, field, errors);
    };
  }
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

/** The value of a text for a type other than text; undefined for an invalid one. */
const TEXT_CONVERSIONS: Readonly<Record<string, { meaning: string; read: (text: string) => unknown }>> = {
  Int: {
    meaning: 'a whole number',
    read: (text) => (/^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined),
  },
  Float: {
    meaning: 'a number',
    read: (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined),
  },
  Boolean: { meaning: 'true or false', read: (text) => BOOLEANS[text.toLowerCase()] },
  JSON: { meaning: 'JSON', read: (text) => parseJson(text)?.value },
};

function leafReader(type: GraphQLEnumType | GraphQLScalarType): JsonReader {
  if (isEnumType(type)) {
    const names = type.getValues().map((value) => value.name);
    const known = new Set<unknown>(names);
    return (value, field, errors) =>
      known.has(value)
        ? value
        : errors.add(field, `${lastStep(field)} must be one of ${names.join(', ')}.`, 'INVALID');
  }
  // The supergraph has our scalars only by name; the kernel defines their values.
  const scalar = (scalarResolvers as Readonly<Record<string, GraphQLScalarType>>)[type.name] ?? type;
  return (value, field, errors) => {
    try {
      const fault = leafError(scalar.name, scalar.parseValue(value), lastName(field));
      return fault ? errors.add(field + fault.field, fault.message, fault.code) : value;
    } catch (error) {
      return errors.add(field, withoutValue(error), 'INVALID');
    }
  };
}

/** The errors of the texts in a value; the field is the path inside it. */
function leafError(type: string, value: unknown, name: string): FieldError | undefined {
  if (type === 'JSON') return jsonErrors(value, [''], name)[0];
  const fault =
    type === 'String' || type === 'ID' ? textError(name, value as string, type === 'ID') : undefined;
  return fault && { field: '', ...fault };
}

/** The field's own name, without the index in a list. */
function lastName(field: string): string {
  return /([^.]*)(\.\d+)*$/.exec(field)?.[1] ?? field;
}

/** Reports an unknown name, with the likely one. */
export function unknownName(name: string, known: ReadonlyMap<string, unknown>): string {
  const meant = snake(name);
  if (meant !== name && known.has(meant)) return `There is no ${name} here; it is called ${meant}.`;
  return `There is no ${name} here. Known are: ${[...known.keys()].join(', ') || 'none'}.`;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // Invalid JSON is a result here, not a failure.
    return undefined;
  }
}

function lastStep(field: string): string {
  return field.slice(field.lastIndexOf('.') + 1) || 'The value';
}

/** The message of a scalar's error without the rejected value, which may be the number of a card. */
function withoutValue(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/( cannot represent [^:]*): .*$/s, '$1.');
}
