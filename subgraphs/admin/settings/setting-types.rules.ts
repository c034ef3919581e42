/** The types of settings: zod types and JSON Schemas, made from the input types of the graph, which define each setting once. */
import {
  Kind,
  type DefinitionNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type InputObjectTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import { z } from 'zod';
import { snake } from '#kernel/casing';
import { parseDecimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';

type Definition = InputObjectTypeDefinitionNode | EnumTypeDefinitionNode | ObjectTypeDefinitionNode;

/** A domain's part of the graph. */
export interface DomainTypes {
  readonly typeDefs: DocumentNode;
  /** By type; of an enum whose values the code names otherwise, those names by value. */
  readonly resolvers: object;
}

/** The types of all domains that settings can have. */
export interface Definitions {
  readonly types: ReadonlyMap<string, Definition>;
  /** The names that the code has for the values of an enum. */
  codeNames(enumName: string): Readonly<Record<string, string>>;
}

/** A setting, as the graph defines it. */
export interface SettingType {
  /** The field's name in the graph: "reservationMinutes". */
  readonly field: string;
  readonly description: string;
  /** Name of the graph type of the value; of the items, for a list. */
  readonly typeName: string;
  /** The values of an enum in the graph, by the names that the code has for them. Empty for other types. */
  readonly graphNames: ReadonlyMap<unknown, string>;
  /** Whether the setting may be without a value. */
  readonly isNullable: boolean;
  /** Reads a value as it came with JSON, and returns it as an input of the graph. */
  readonly type: z.ZodType;
}

const decimal = z.union([z.string(), z.number()]).transform((value, check) => {
  const number = parseDecimal(value);
  if (number) return number;
  check.addIssue('Must be a decimal such as "12.50".');
  return z.NEVER;
});

const SCALARS: Readonly<Record<string, z.ZodType>> = {
  Boolean: z.boolean(),
  Int: z.int32(),
  String: z.string(),
  Money: decimal,
  Decimal: decimal,
};

/** Collects the types of the domains that settings can have. Domains may extend each other's types; settings are never extended. */
export function settingDefinitions(domains: readonly DomainTypes[]): Definitions {
  // A domain that owns a type stands before those that refer to it, and so is entered after them.
  const all = domains.flatMap(({ typeDefs }) => typeDefs.definitions).reverse();
  const resolvers = domains.map((domain) => domain.resolvers as Readonly<Record<string, object | undefined>>);
  return {
    types: new Map(all.filter(isDefinition).map((definition) => [definition.name.value, definition])),
    codeNames: (name) =>
      Object.assign({}, ...resolvers.map((types) => types[name])) as Record<string, string>,
  };
}

function isDefinition(node: DefinitionNode): node is Definition {
  return (
    node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ||
    node.kind === Kind.ENUM_TYPE_DEFINITION ||
    node.kind === Kind.OBJECT_TYPE_DEFINITION
  );
}

/**
 * The settings of a group: one per field of the input that changes them.
 * @param input name of the input type; its `version` is not a setting.
 * @param output name of the type that shows the settings: what may be null there may be without a value.
 * @throws Error for a type that settings cannot have.
 *
 * @example
 * settingTypes(definitions, { input: 'SupportSettingsInput', output: 'SupportSettings' }).map(({ field }) => field);
 * // ['reopenDays', 'closeDays']
 */
export function settingTypes(
  definitions: Definitions,
  { input, output }: { readonly input: string; readonly output: string },
): SettingType[] {
  const shown = new Map(fieldsOf(definitions, output).map((field) => [field.name.value, field.type.kind]));
  return fieldsOf(definitions, input)
    .filter(({ name }) => name.value !== 'version')
    .map(({ name, type, description }) => ({
      field: name.value,
      description: description?.value ?? '',
      typeName: namedType(type),
      graphNames: graphNames(namedType(type), definitions),
      // A secret is not shown. It can be replaced, and not removed.
      isNullable: shown.has(name.value) && shown.get(name.value) !== Kind.NON_NULL_TYPE,
      type: zodOf(type, definitions),
    }));
}

/** The type of a setting's value as JSON Schema, for clients that build a form. */
export function settingSchema({ type, isNullable }: SettingType): unknown {
  return z.toJSONSchema(isNullable ? type.nullable() : type, { io: 'input' });
}

function fieldsOf(definitions: Definitions, name: string) {
  const definition = definitions.types.get(name);
  invariant(definition && definition.kind !== Kind.ENUM_TYPE_DEFINITION, `${name} is not a type with fields`);
  return definition.fields ?? [];
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

function graphNames(name: string, definitions: Definitions): ReadonlyMap<unknown, string> {
  if (definitions.types.get(name)?.kind !== Kind.ENUM_TYPE_DEFINITION) return new Map();
  return new Map(Object.entries(definitions.codeNames(name)).map(([value, codeName]) => [codeName, value]));
}

function zodOf(type: TypeNode, definitions: Definitions): z.ZodType {
  if (type.kind === Kind.NON_NULL_TYPE) return zodOf(type.type, definitions);
  if (type.kind === Kind.LIST_TYPE) return z.array(zodOf(type.type, definitions));
  const name = type.name.value;
  const scalar = SCALARS[name];
  if (scalar) return scalar;
  const definition = definitions.types.get(name);
  if (definition?.kind === Kind.ENUM_TYPE_DEFINITION) {
    const codeNames = definitions.codeNames(name);
    const values = (definition.values ?? []).map((value) => value.name.value);
    return z.enum(values).transform((value) => codeNames[value] ?? value);
  }
  invariant(definition?.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION, `settings cannot have the type ${name}`);
  return objectOf(definition, definitions);
}

/** An object with names as in REST, which becomes one with the names of the graph. */
function objectOf({ fields = [] }: InputObjectTypeDefinitionNode, definitions: Definitions): z.ZodType {
  const names = fields.map(({ name }) => name.value);
  const shape = fields.map(({ name, type }) => {
    const read = zodOf(type, definitions);
    return [snake(name.value), type.kind === Kind.NON_NULL_TYPE ? read : read.nullish()] as const;
  });
  return z.strictObject(Object.fromEntries(shape)).transform((value) => {
    const sent: Record<string, unknown> = value;
    return Object.fromEntries(
      names.flatMap((name) => (sent[snake(name)] === undefined ? [] : [[name, sent[snake(name)]]])),
    );
  });
}
