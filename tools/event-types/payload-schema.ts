/** The type of an event's payload as JSON Schema, by the names that receivers see. */
import ts from 'typescript';
import { snake } from '#kernel/casing';

/** The part of JSON Schema that payloads need. */
export interface PayloadSchema {
  type?: string | string[];
  description?: string;
  format?: string;
  enum?: string[];
  items?: PayloadSchema;
  properties?: Record<string, PayloadSchema>;
  required?: string[];
  anyOf?: PayloadSchema[];
}

/** A type of public event in subgraphs/event-types.json. */
export interface EventTypeEntry {
  type: string;
  /** The domain that declares the type. */
  domain: string;
  description: string;
  /** A reader needs one of these permissions; empty for every caller. */
  scopes: readonly string[];
  /** The schema of `data`. */
  data: PayloadSchema;
}

/** References that a caller may have given: any text. */
const OTHER_IDS: ReadonlySet<string> = new Set(['referenceId']);

/** Days, as the database writes them. */
const DAYS: ReadonlySet<string> = new Set(['businessDate', 'date', 'from', 'to']);

/**
 * @param name the property that has the type; its format follows from it.
 * @throws Error for a type that JSON does not have, naming the property.
 */
export function schemaOfType(checker: ts.TypeChecker, type: ts.Type, name = ''): PayloadSchema {
  if (type.isUnion()) return unionSchema(checker, type, name);
  if (type.isStringLiteral()) return { type: 'string', enum: [type.value] };
  if (type.flags & ts.TypeFlags.String) return { type: 'string', ...formatOf(name) };
  if (type.flags & ts.TypeFlags.Number) return { type: 'number' };
  if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
  const [element] = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference) : [];
  if (element) return { type: 'array', items: schemaOfType(checker, element, name.replace(/s$/, '')) };
  if (type.symbol?.name === 'Date') return { type: 'string', format: 'date-time' };
  if (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return objectSchema(checker, type);
  throw new Error(`"${name}" is ${checker.typeToString(type)}, which no event can have.`);
}

function formatOf(name: string): Pick<PayloadSchema, 'format'> {
  if (DAYS.has(name)) return { format: 'date' };
  if (name.endsWith('At') || name === 'validFrom') return { format: 'date-time' };
  return /(^id|Id)$/.test(name) && !OTHER_IDS.has(name) ? { format: 'uuid' } : {};
}

/** An enumeration of texts, a type or null, or one of several objects. */
function unionSchema(checker: ts.TypeChecker, union: ts.UnionType, name: string): PayloadSchema {
  const isNull = (type: ts.Type) => (type.flags & ts.TypeFlags.Null) !== 0;
  const types = union.types.filter((type) => !(type.flags & ts.TypeFlags.Undefined));
  const present = types.filter((type) => !isNull(type));
  const nullable = types.length > present.length;
  let schema: PayloadSchema;
  if (present.every((type) => type.isStringLiteral()))
    schema = { type: 'string', enum: present.map((type) => type.value).sort() };
  else if (present.every((type) => type.flags & ts.TypeFlags.BooleanLike)) schema = { type: 'boolean' };
  else if (present.length === 1) schema = schemaOfType(checker, present[0]!, name);
  else schema = { anyOf: inOrder(present.map((type) => schemaOfType(checker, type, name))) };
  if (!nullable) return schema;
  if (schema.enum || schema.anyOf) return { anyOf: [schema, { type: 'null' }] };
  return { ...schema, type: [schema.type!, 'null'].flat() };
}

/** The same order whatever the compiler has read before. */
function inOrder(schemas: PayloadSchema[]): PayloadSchema[] {
  return schemas.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** A doc comment on one line, which names fields as receivers see them. */
export function describe(comment: ts.SymbolDisplayPart[]): string {
  return ts
    .displayPartsToString(comment)
    .replace(/\s+/g, ' ')
    .replace(/`([a-z]+[A-Z]\w*)`/g, (_, name: string) => `\`${snake(name)}\``);
}

function objectSchema(checker: ts.TypeChecker, type: ts.Type): PayloadSchema {
  const properties: Record<string, PayloadSchema> = {};
  const required: string[] = [];
  // The compiler's own order depends on the files that it has read before.
  const byName = (one: ts.Symbol, other: ts.Symbol) => (one.name < other.name ? -1 : 1);
  for (const property of [...checker.getPropertiesOfType(type)].sort(byName)) {
    const description = describe(property.getDocumentationComment(checker));
    const schema = schemaOfType(checker, checker.getTypeOfSymbol(property), property.name);
    properties[snake(property.name)] = { ...schema, ...(description && { description }) };
    if (!(property.flags & ts.SymbolFlags.Optional)) required.push(snake(property.name));
  }
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}
