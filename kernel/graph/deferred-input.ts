/**
 * Scalars whose values are inputs of an input type (`@standsFor`). GraphQL reads its input before any resolver
 * runs, and rejects the whole operation for one invalid value. If each item of a batch is to be answered
 * separately, its list has such a scalar: the resolver gets each item as the input type, or an `Unreadable`
 * with its errors.
 */
import {
  coerceInputValue,
  isInputObjectType,
  isScalarType,
  valueFromASTUntyped,
  type GraphQLInputObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
} from 'graphql';
import { getDirective } from '@graphql-tools/utils';
import type { FieldError } from '../errors';
import { collectErrors, MAX_ERRORS } from './input-errors';

/** A value that cannot be read as the input type. */
export class Unreadable {
  /**
   * @param errors with the caller's field names, relative to the item.
   * @param parts the valid fields, as sent, in the graph's names.
   */
  constructor(
    readonly errors: readonly FieldError[],
    readonly parts: Readonly<Record<string, unknown>>,
  ) {}
}

/**
 * Makes every scalar with `@standsFor` read its input type.
 * @throws Error at start-up for an unknown input type.
 */
export function readStandIns(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    const named = isScalarType(type) ? getDirective(schema, type, 'standsFor')?.[0] : undefined;
    if (!named) continue;
    const input = schema.getType(String(named.input));
    if (!isInputObjectType(input))
      throw new Error(`@standsFor of ${type.name}: there is no input type "${String(named.input)}".`);
    equip(type as GraphQLScalarType, input);
  }
}

const inputs = new WeakMap<GraphQLScalarType, GraphQLInputObjectType>();

/** The input type of such a scalar; undefined for any other type. */
export function inputBehind(scalar: GraphQLScalarType): GraphQLInputObjectType | undefined {
  return inputs.get(scalar);
}

function equip(scalar: GraphQLScalarType, input: GraphQLInputObjectType): void {
  inputs.set(scalar, input);
  const read = (value: unknown) => (value instanceof Unreadable ? value : readAs(input, value));
  scalar.parseValue = read;
  scalar.parseLiteral = (node, variables) => {
    // A variable inside has already been read by its own type; its text is read again, like the rest.
    const text = JSON.stringify(valueFromASTUntyped(node, variables)) as string | undefined;
    return read(text === undefined ? null : JSON.parse(text));
  };
}

function readAs(type: GraphQLInputObjectType, value: unknown): unknown {
  const errors: FieldError[] = [];
  collectErrors(type, value, [], errors);
  if (errors.length === 0) return coerceInputValue(value, type);
  const invalidNames = new Set(errors.map(({ field }) => field.split('.')[0]));
  const fields = Object.keys(type.getFields());
  const validNames = invalidNames.has('')
    ? []
    : fields.filter((name) => !invalidNames.has(name) && Object.hasOwn(value as object, name));
  const parts = Object.fromEntries(
    validNames.map((name) => [name, (value as Record<string, unknown>)[name]]),
  );
  return new Unreadable(errors.slice(0, MAX_ERRORS), parts);
}
