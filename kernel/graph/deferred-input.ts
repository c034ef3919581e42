/**
 * Scalars that stand for an input type (`@standsFor`). GraphQL reads its input before any resolver runs, and refuses the whole
 * operation for one value that is wrong. Where each item of a batch is to be answered by itself, its list has such a scalar: the
 * resolver gets what the input type makes of each item, or an `Unreadable` that says what is wrong with it.
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
import { collectFaults, MAX_FAULTS } from './input-errors';

/** What was sent in the place of an input and cannot be read as one. */
export class Unreadable {
  /**
   * @param faults the fields are named as the caller named them, from the item on.
   * @param parts the fields that are right by themselves, as they came, in the graph's names.
   */
  constructor(
    readonly faults: readonly FieldError[],
    readonly parts: Readonly<Record<string, unknown>>,
  ) {}
}

/**
 * Gives every scalar with `@standsFor` the reading of its input type.
 * @throws Error at start-up where there is no such input type.
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

/** The input type that a scalar stands for; undefined for any other. */
export function inputBehind(scalar: GraphQLScalarType): GraphQLInputObjectType | undefined {
  return inputs.get(scalar);
}

function equip(scalar: GraphQLScalarType, input: GraphQLInputObjectType): void {
  inputs.set(scalar, input);
  const read = (value: unknown) => (value instanceof Unreadable ? value : readAs(input, value));
  scalar.parseValue = read;
  scalar.parseLiteral = (node, variables) => {
    // A variable inside has been read by its own type already; its text is read again, as all the rest.
    const text = JSON.stringify(valueFromASTUntyped(node, variables)) as string | undefined;
    return read(text === undefined ? null : JSON.parse(text));
  };
}

function readAs(type: GraphQLInputObjectType, value: unknown): unknown {
  const faults: FieldError[] = [];
  collectFaults(type, value, [], faults);
  if (faults.length === 0) return coerceInputValue(value, type);
  const wrong = new Set(faults.map(({ field }) => field.split('.')[0]));
  const fields = Object.keys(type.getFields());
  const right = wrong.has('')
    ? []
    : fields.filter((name) => !wrong.has(name) && Object.hasOwn(value as object, name));
  const parts = Object.fromEntries(right.map((name) => [name, (value as Record<string, unknown>)[name]]));
  return new Unreadable(faults.slice(0, MAX_FAULTS), parts);
}
