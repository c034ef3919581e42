/**
 * What an operation may cost at most, worked out before it runs, from the document and its variables:
 *
 *  - a field that has fields of its own costs 1, any other 0; `@cost(weight)` on the field says otherwise;
 *  - what stands below a list counts as often as the list is long. `@listSize` says how long: `assumedSize`, or an argument named in
 *    `slicingArguments`. The `items` of a page are as many as its `size` argument says, 20 where it is left out. Any other list is
 *    taken to have 10 items.
 *
 * It is an estimate from above for what a caller asks, not a measure of time.
 */
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  isInterfaceType,
  Kind,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../kernel/paging';

const ASSUMED_LIST_SIZE = 10;

interface Weights {
  readonly weight: number | undefined;
  readonly assumedSize: number | undefined;
  readonly slicingArguments: readonly string[];
}

/** Estimates operations over one supergraph. */
export class CostModel {
  private readonly weights = new Map<string, Weights>();

  /**
   * @param api what callers see.
   * @param supergraph the same with the directives that say what things cost.
   */
  constructor(
    readonly api: GraphQLSchema,
    supergraph: GraphQLSchema,
  ) {
    for (const type of Object.values(supergraph.getTypeMap())) {
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        const weights = readWeights(field);
        if (weights) this.weights.set(`${type.name}.${field.name}`, weights);
      }
    }
  }

  /** The cost of an operation with the variables of this call. */
  estimate(document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): number {
    const root = this.api.getRootType(operation.operation);
    if (!root) return 0;
    return new Estimate(this, document, withDefaults(operation, variables)).selections(root, operation.selectionSet, 1);
  }

  weightsOf(type: string, field: string): Weights | undefined {
    return this.weights.get(`${type}.${field}`);
  }
}

function readWeights(field: GraphQLField<unknown, unknown>): Weights | undefined {
  const directives = field.astNode?.directives?.filter(({ name }) => name.value === 'cost' || name.value === 'listSize') ?? [];
  if (directives.length === 0) return undefined;
  const values: Record<string, unknown> = {};
  for (const directive of directives) {
    for (const argument of directive.arguments ?? []) values[argument.name.value] = valueFromASTUntyped(argument.value);
  }
  return {
    weight: values.weight as number | undefined,
    assumedSize: values.assumedSize as number | undefined,
    slicingArguments: (values.slicingArguments as string[] | undefined) ?? [],
  };
}

function withDefaults(operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) all[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  return Object.assign(all, variables);
}

/** One estimate. Fragments are estimated once for each length of list they stand under, so that nesting cannot make this slow. */
class Estimate {
  private readonly known = new Map<string, number>();
  private readonly fragments = new Map<string, FragmentDefinitionNode>();

  constructor(
    private readonly model: CostModel,
    document: DocumentNode,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
  }

  /** @param pageSize how long `items` is, where these are the selections of a page. */
  selections(type: GraphQLCompositeType, set: SelectionSetNode, pageSize: number): number {
    let sum = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) sum += this.field(type, selection, pageSize);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) sum += this.fragment(selection.name.value, pageSize);
      else sum += this.selections(this.typeNamed(selection.typeCondition?.name.value) ?? type, selection.selectionSet, pageSize);
    }
    return sum;
  }

  private field(parent: GraphQLCompositeType, node: FieldNode, pageSize: number): number {
    const name = node.name.value;
    const field = 'getFields' in parent ? parent.getFields()[name] : undefined;
    if (!field) return 0;
    const weights = this.model.weightsOf(parent.name, name);
    const inner = getNamedType(field.type);
    const own = weights?.weight ?? (isCompositeType(inner) ? 1 : 0);
    if (!node.selectionSet || !isCompositeType(inner)) return own;
    const isPage = inner.name.endsWith('Page');
    const below = own + this.selections(inner, node.selectionSet, isPage ? this.pageSize(field, node) : 1);
    if (!isListType(getNullableType(field.type))) return below;
    const isItems = name === 'items' && parent.name.endsWith('Page');
    return below * (isItems ? pageSize : this.listSize(node, weights));
  }

  private pageSize(field: GraphQLField<unknown, unknown>, node: FieldNode): number {
    const asked = this.argument(node, 'size');
    const standard = field.args.find(({ name }) => name === 'size')?.defaultValue;
    return clampSize(typeof asked === 'number' ? asked : typeof standard === 'number' ? standard : DEFAULT_PAGE_SIZE);
  }

  private listSize(node: FieldNode, weights: Weights | undefined): number {
    const asked = weights?.slicingArguments.map((name) => this.argument(node, name)).find((value) => typeof value === 'number');
    return asked !== undefined ? clampSize(asked) : (weights?.assumedSize ?? ASSUMED_LIST_SIZE);
  }

  private argument(node: FieldNode, name: string): unknown {
    const argument = node.arguments?.find((each) => each.name.value === name);
    return argument && valueFromASTUntyped(argument.value, this.variables);
  }

  private fragment(name: string, pageSize: number): number {
    const key = `${name}*${pageSize}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const fragment = this.fragments.get(name);
    const type = this.typeNamed(fragment?.typeCondition.name.value);
    if (!fragment || !type) return 0;
    this.known.set(key, 0);
    const cost = this.selections(type, fragment.selectionSet, pageSize);
    this.known.set(key, cost);
    return cost;
  }

  private typeNamed(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : this.model.api.getType(name);
    return isCompositeType(type) ? type : undefined;
  }
}

/** A size out of range is refused when the list is read; here it must only not make the cost negative or endless. */
function clampSize(size: number): number {
  return Math.min(Math.max(Math.trunc(size), 1), MAX_PAGE_SIZE);
}
