/** Reads the variables of an operation from the path, the body and the query string of a request. */
import {
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLArgument,
  type GraphQLInputField,
} from 'graphql';
import { invariant } from '#kernel/errors';
import type { UploadedFile } from '#kernel/graph/upload';
import { snake } from '../casing';
import { InputError } from '../problem';
import { UPLOAD, type RestOperation } from '../rest-schema';
import { InputErrors, unknownName, type JsonReader, type Readers, type TextReader } from './readers';

/** One value of a request: an argument of the operation, or a field of its `input`. */
export interface Slot {
  /** Its name in REST. */
  readonly name: string;
  readonly declared: GraphQLArgument | GraphQLInputField;
  readonly inInput: boolean;
  /** The name in the path that fills it; undefined if it comes from body or query. */
  readonly pathName: string | undefined;
  readonly required: boolean;
  readonly json: JsonReader;
  readonly text: TextReader;
}

/** The plan for reading an operation's variables. Made once for each route. */
export interface InputPlan {
  /** By REST name, in the order of the schema. */
  readonly slots: ReadonlyMap<string, Slot>;
  /** The place of the uploaded file; undefined for an operation without one. */
  readonly upload:
    { readonly name: string; readonly inInput: boolean; readonly required: boolean } | undefined;
  /** The operation's argument `input`, if it has one. */
  readonly input: GraphQLArgument | undefined;
  /** Query names that belong to the REST layer and not to the operation. */
  readonly reserved: ReadonlySet<string>;
}

export interface RawInput {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** A JSON body. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** The fields of a multipart form: texts, like a query string. */
  readonly form?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly upload?: UploadedFile | undefined;
}

/** The query names of the REST layer on a GET, unless the operation has an argument of the same name. */
function layerNames({ route, kind }: RestOperation): string[] {
  if (route.method !== 'GET') return [];
  // A single plain value is not a table.
  return kind === 'value' ? ['format'] : ['format', 'bom', 'separator', 'decimal'];
}

/** @throws Error at start-up for two values of one name, or an unknown name in the path. */
export function planInput(operation: RestOperation, readers: Readers): InputPlan {
  const { route } = operation;
  const where = `@rest of ${route.operation.field}`;
  const input = operation.arguments.find(
    (argument) => argument.name === 'input' && isInputObjectType(getNamedType(argument.type)),
  );
  const inputType = input && getNamedType(input.type);
  const fields = isInputObjectType(inputType) ? Object.values(inputType.getFields()) : [];
  const values = [
    ...operation.arguments
      .filter((argument) => argument !== input)
      .map((declared) => ({ declared, inInput: false, required: isRequiredArgument(declared) })),
    ...fields.map((declared) => ({
      declared,
      inInput: true,
      required: isRequiredInputField(declared) && isNonNullType(input!.type),
    })),
  ];
  const slots = new Map<string, Slot>();
  let upload: InputPlan['upload'];
  for (const { declared, inInput, required } of values) {
    const argument = snake(declared.name);
    const name = route.queryNames.get(argument) ?? argument;
    if (getNamedType(declared.type).name === UPLOAD) {
      upload = { name: declared.name, inInput, required };
      continue;
    }
    if (slots.has(name)) throw new Error(`${where}: "${name}" is both an argument and a field of the input.`);
    const pathName = route.pathParameters.find((parameter) => parameter.argument === argument)?.name;
    slots.set(name, {
      name,
      declared,
      inInput,
      pathName,
      required,
      json: readers.json(declared.type),
      text: readers.text(declared.type),
    });
  }
  for (const { argument } of route.pathParameters) {
    if (!slots.has(argument))
      throw new Error(
        `${where}: the path names "${argument}", which is neither an argument nor a field of the input.`,
      );
  }
  for (const [argument, name] of route.queryNames) {
    if (!slots.has(name)) throw new Error(`${where}: "${argument}" in query: is not an argument.`);
  }
  const reserved = new Set(layerNames(operation).filter((name) => !slots.has(name)));
  return { slots, upload, input, reserved };
}

/**
 * Reads the variables of one request. A value of the body wins over one of the same name in the query string.
 * @throws PosProError 400 for a text that cannot be read as its type, 422 for other errors; both name all errors.
 */
export function readVariables(plan: InputPlan, raw: RawInput): Record<string, unknown> {
  const errors = new InputErrors();
  const query = plainNames(raw.query);
  const variables: Record<string, unknown> = {};
  const input: Record<string, unknown> = {};
  for (const slot of plan.slots.values()) {
    const value = readSlot(slot, raw, query, errors);
    if (value === undefined) continue;
    (slot.inInput ? input : variables)[slot.declared.name] = value;
  }
  refuseUnknown(plan, raw, query, errors);
  if (raw.upload) {
    invariant(plan.upload, 'only an operation that takes an upload is given one');
    (plan.upload.inInput ? input : variables)[plan.upload.name] = raw.upload;
  } else if (plan.upload?.required) {
    errors.add(
      snake(plan.upload.name),
      'Send the file as multipart/form-data, or as the body itself.',
      'REQUIRED',
    );
  }
  if (errors.list.length > 0) throw refusal(errors);
  if (plan.input && (isNonNullType(plan.input.type) || Object.keys(input).length > 0))
    variables[plan.input.name] = input;
  return variables;
}

function readSlot(
  slot: Slot,
  raw: RawInput,
  query: ReadonlyMap<string, readonly string[]>,
  errors: InputErrors,
): unknown {
  if (slot.pathName !== undefined) return slot.text([raw.path[slot.pathName] ?? ''], slot.pathName, errors);
  if (raw.body && Object.hasOwn(raw.body, slot.name))
    return slot.json(raw.body[slot.name], slot.name, errors);
  const texts = raw.form && Object.hasOwn(raw.form, slot.name) ? raw.form[slot.name] : query.get(slot.name);
  // A form sends an empty value for an empty field; only a text can be empty on purpose.
  const given = texts?.filter((text) => text !== '' || getNamedType(slot.declared.type).name === 'String');
  if (given?.length) return slot.text(given, slot.name, errors);
  return slot.required ? errors.add(slot.name, `${slot.name} is required.`, 'REQUIRED') : undefined;
}

/** Some clients write the name of a list as `ids[]`. */
function plainNames(query: RawInput['query']): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(query)) {
    const plain = name.endsWith('[]') ? name.slice(0, -2) : name;
    names.set(plain, [...(names.get(plain) ?? []), ...(typeof value === 'string' ? [value] : value)]);
  }
  return names;
}

/** A misspelt filter would silently list everything, and a misspelt amount would silently be no amount. */
function refuseUnknown(
  plan: InputPlan,
  raw: RawInput,
  query: ReadonlyMap<string, unknown>,
  errors: InputErrors,
): void {
  const isKnown = (name: string) => plan.slots.get(name)?.pathName === undefined && plan.slots.has(name);
  const known = new Map([...plan.slots].filter(([name]) => isKnown(name)));
  for (const name of Object.keys(raw.body ?? raw.form ?? {})) {
    if (!isKnown(name)) errors.add(name, unknownName(name, known), 'UNKNOWN_FIELD');
  }
  for (const name of query.keys()) {
    // Libraries add names with a leading underscore to bypass caches.
    if (!isKnown(name) && !plan.reserved.has(name) && !name.startsWith('_')) {
      errors.add(name, unknownName(name, known), 'UNKNOWN_FIELD');
    }
  }
}

function refusal({ list }: InputErrors): InputError {
  const message = list
    .slice(0, 5)
    .map((fault) => `${fault.field}: ${fault.message}`)
    .join(' ');
  const malformed = list.some((fault) => fault.code === 'MALFORMED');
  return new InputError(malformed ? 'BAD_REQUEST' : 'VALIDATION_FAILED', message, { errors: list });
}
