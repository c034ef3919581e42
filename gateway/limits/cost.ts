/**
 * The maximum cost of an operation, computed before it runs, from the document and its variables:
 *
 *  - a field with subfields costs 1, any other 0; `@cost(weight)` on the field overrides it;
 *  - fields below a list count once for each item. `@listSize` sets the length: `assumedSize`, or an argument
 *    named in `slicingArguments`; with `sizedFields` it applies to those lists of the field's object. A field
 *    with a page `size` has that length. `npm run compose` fails for a list without a length.
 *  - introspection costs a hundredth for each field, plain ones included, since it is read from memory. One
 *    operation may cost one and a half times the standard introspection query.
 *
 * It is an upper estimate of the requested objects, not a measure of time.
 */
import {
  getIntrospectionQuery,
  getNamedType,
  isCompositeType,
  Kind,
  parse,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  valueFromASTUntyped,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '#kernel/paging';
import { fragmentsOf, rootFieldsOf } from '../documents/bounds';
import { introspectionSizes } from './introspection-sizes';
import { hasFields, isList, pricingOf, type Pricing } from './list-sizes';

/** The length of a list without a declared one, which only graphs of tests have. */
const ASSUMED_LIST_SIZE = 10;
const INTROSPECTION_WEIGHT = 0.01;

/** The standard query with all options. */
const EVERYTHING = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
};

export interface Cost {
  readonly total: number;
  /** The part of it for introspection. */
  readonly introspection: number;
}

/** The parts of an estimate that do not depend on the variables of a call. */
interface PricedOperation {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The root fields, with repetitions. */
  readonly fields: readonly FieldNode[];
  /** The cost, if no variable sets the length of a list. */
  constant: Cost | undefined;
}

/** Estimates operations over one supergraph. */
export class CostModel {
  /** Maximum cost of introspection in an operation. */
  readonly mostIntrospection: number;
  private readonly pricing = new Map<string, Pricing>();
  private readonly known = new WeakMap<OperationDefinitionNode, PricedOperation>();

  /**
   * @param api the public schema.
   * @param supergraph the same with the cost directives.
   */
  constructor(
    readonly api: GraphQLSchema,
    supergraph: GraphQLSchema,
  ) {
    for (const type of Object.values(supergraph.getTypeMap())) {
      if (!hasFields(type)) continue;
      for (const field of Object.values(type.getFields()))
        this.pricing.set(`${type.name}.${field.name}`, pricingOf(field));
    }
    for (const [field, assumedSize] of introspectionSizes(api)) {
      this.pricing.set(field, { weight: undefined, assumedSize, slicingArguments: [], sizedFields: [] });
    }
    this.mostIntrospection = 1.5 * this.priceOfStandardIntrospection();
  }

  /** The cost of an operation with the variables of this call; calculated once if no variable sets a length. */
  estimate(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): Cost {
    const priced = this.known.get(operation) ?? this.look(document, operation);
    if (priced.constant) return priced.constant;
    const root = this.api.getRootType(operation.operation);
    if (!root) return { total: 0, introspection: 0 };
    const estimate = new Estimate(this, priced.fragments, withDefaults(operation, variables));
    let introspection = 0;
    let rest = 0;
    for (const field of priced.fields) {
      const cost = estimate.field(root, field, NO_SIZES);
      if (field.name.value.startsWith('__')) introspection += cost;
      else rest += cost;
    }
    const cost = { total: Math.ceil(rest + introspection), introspection };
    if (!estimate.readsVariables) priced.constant = cost;
    return cost;
  }

  private look(document: DocumentNode, operation: OperationDefinitionNode): PricedOperation {
    const fragments = fragmentsOf(document);
    const fields = rootFieldsOf(fragments, operation.selectionSet);
    const priced = { fragments, fields, constant: undefined };
    this.known.set(operation, priced);
    return priced;
  }

  private priceOfStandardIntrospection(): number {
    const document = parse(getIntrospectionQuery(EVERYTHING));
    const operation = document.definitions.find(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION,
    )!;
    return this.estimate(document, operation, {}).introspection;
  }

  pricingOf(type: string, field: string): Pricing | undefined {
    return this.pricing.get(`${type}.${field}`);
  }
}

function withDefaults(
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) all[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  return Object.assign(all, variables);
}

/** The lengths of an object's lists, if the field of the object declares them. */
interface Sizes {
  readonly fields: readonly string[];
  readonly size: number;
}

const NO_SIZES: Sizes = { fields: [], size: 1 };

/**
 * One estimate. Fragments are estimated once for each list length above them, so that nesting cannot make this
 * slow.
 */
class Estimate {
  /** Whether a variable set the length of a list. */
  readsVariables = false;
  private readonly known = new Map<string, number>();

  constructor(
    private readonly model: CostModel,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {}

  selections(type: GraphQLCompositeType, set: SelectionSetNode, sizes: Sizes): number {
    let sum = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) sum += this.field(type, selection, sizes);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) sum += this.fragment(selection.name.value, sizes);
      else
        sum += this.selections(
          this.typeNamed(selection.typeCondition?.name.value) ?? type,
          selection.selectionSet,
          sizes,
        );
    }
    return sum;
  }

  field(parent: GraphQLCompositeType, node: FieldNode, sizes: Sizes): number {
    const name = node.name.value;
    const field = definitionOf(parent, name);
    if (!field) return 0;
    const pricing = this.model.pricingOf(parent.name, name);
    const inner = getNamedType(field.type);
    const own = pricing?.weight ?? weightOf(parent, inner);
    if (!node.selectionSet || !isCompositeType(inner)) return own;
    const isSized = sizes.fields.includes(name);
    const size = isSized ? sizes.size : this.size(field, node, pricing);
    const below = pricing?.sizedFields.length ? { fields: pricing.sizedFields, size } : NO_SIZES;
    const each = own + this.selections(inner, node.selectionSet, below);
    const isMany = isList(field) || field === TypeMetaFieldDef;
    return isMany && below === NO_SIZES ? each * size : each;
  }

  private size(field: GraphQLField<unknown, unknown>, node: FieldNode, pricing: Pricing | undefined): number {
    for (const path of pricing?.slicingArguments ?? []) {
      const [argument, ...inside] = path.split('.');
      const given = lengthOf(inside.reduce(propertyOf, this.argument(node, argument!)));
      if (given !== undefined) return clampSize(given);
      const standard = lengthOf(field.args.find(({ name }) => name === argument)?.defaultValue);
      if (standard !== undefined) return clampSize(standard);
    }
    const isPage = pricing?.slicingArguments.includes('size');
    return pricing?.assumedSize ?? (isPage ? DEFAULT_PAGE_SIZE : isList(field) ? ASSUMED_LIST_SIZE : 1);
  }

  private argument(node: FieldNode, name: string): unknown {
    const argument = node.arguments?.find((each) => each.name.value === name);
    if (!argument) return undefined;
    visit(argument.value, { Variable: () => void (this.readsVariables = true) });
    return valueFromASTUntyped(argument.value, this.variables);
  }

  private fragment(name: string, sizes: Sizes): number {
    const key = `${name}*${sizes.fields.join()}*${sizes.size}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const fragment = this.fragments.get(name);
    const type = this.typeNamed(fragment?.typeCondition.name.value);
    if (!fragment || !type) return 0;
    const cost = this.selections(type, fragment.selectionSet, sizes);
    this.known.set(key, cost);
    return cost;
  }

  private typeNamed(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : this.model.api.getType(name);
    return isCompositeType(type) ? type : undefined;
  }
}

function definitionOf(
  parent: GraphQLCompositeType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  return 'getFields' in parent ? parent.getFields()[name] : undefined;
}

function weightOf(parent: GraphQLCompositeType, inner: GraphQLNamedType): number {
  if (parent.name.startsWith('__') || inner.name.startsWith('__')) return INTROSPECTION_WEIGHT;
  return isCompositeType(inner) ? 1 : 0;
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A number is the length; a list has its own length. */
function lengthOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'number' ? value : undefined;
}

/**
 * A size out of range is rejected when the list is read; here it must only not make the cost negative or
 * infinite.
 */
function clampSize(size: number): number {
  return Math.min(Math.max(Math.trunc(size), 1), MAX_PAGE_SIZE);
}
