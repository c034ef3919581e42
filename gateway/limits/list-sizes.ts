/** The lengths of the graph's lists, as declared in the schema: by `@listSize`, or by the arguments of a page. */
import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { argumentsOf } from '#kernel/graph/directive-arguments';

/** The `@cost` and `@listSize` of a field. */
export interface Pricing {
  readonly weight: number | undefined;
  readonly assumedSize: number | undefined;
  /** Arguments that set the length; a dotted path leads into an input, such as `input.ids`. */
  readonly slicingArguments: readonly string[];
  /** The lists of the field's object to which the length applies, if not the field itself. */
  readonly sizedFields: readonly string[];
}

type Field = GraphQLField<unknown, unknown>;

/** Reads the directives of a field; a field with paging arguments is a page even without them. */
export function pricingOf(field: Field): Pricing {
  const directives = field.astNode?.directives;
  const { weight } = argumentsOf(directives, 'cost')[0] ?? {};
  const sizes = argumentsOf(directives, 'listSize')[0] ?? {};
  const page = isPaged(field) ? { slicingArguments: ['size'], sizedFields: ['items'] } : undefined;
  return {
    weight: weight as number | undefined,
    assumedSize: sizes.assumedSize as number | undefined,
    slicingArguments: (sizes.slicingArguments as string[] | undefined) ?? page?.slicingArguments ?? [],
    sizedFields: (sizes.sizedFields as string[] | undefined) ?? page?.sizedFields ?? [],
  };
}

/** Whether a field returns a page of a list: it has a page size, and its type has items. */
function isPaged({ args, type }: Field): boolean {
  const named = getNamedType(type);
  return args.some(({ name }) => name === 'size') && hasFields(named) && isList(named.getFields().items);
}

/**
 * Lists without a declared length: neither `@listSize` on the list, nor `sizedFields` or paging arguments of
 * every field that returns its object. Their cost would be a guess, so they are an error.
 * @returns as `Type.field`.
 */
export function unsizedLists(schema: GraphQLSchema): string[] {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => hasFields(type) && !isOfGraphQL(type.name),
  ) as FieldsType[];
  const answering = new Map<string, Pricing[]>();
  for (const field of types.flatMap((type) => Object.values(type.getFields()))) {
    const { name } = getNamedType(field.type);
    answering.set(name, [...(answering.get(name) ?? []), pricingOf(field)]);
  }
  return types.flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => isList(field) && !isSized(pricingOf(field)))
      .filter(({ name }) => !isSizedByAll(answering.get(type.name), name))
      .map(({ name }) => `${type.name}.${name}`),
  );
}

function isSizedByAll(answering: readonly Pricing[] = [], list: string): boolean {
  return answering.length > 0 && answering.every(({ sizedFields }) => sizedFields.includes(list));
}

function isSized({ assumedSize, slicingArguments }: Pricing): boolean {
  return assumedSize !== undefined || slicingArguments.length > 0;
}

type FieldsType = GraphQLObjectType | GraphQLInterfaceType;

export function hasFields(type: GraphQLNamedType): type is FieldsType {
  return isObjectType(type) || isInterfaceType(type);
}

export function isList(field: Field | undefined): boolean {
  return field !== undefined && isListType(getNullableType(field.type));
}

/** Introspection, and the fields of federation. */
function isOfGraphQL(name: string): boolean {
  return name.startsWith('__') || name.startsWith('join__') || name.startsWith('link__');
}
