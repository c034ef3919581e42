/**
 * The limits of a parsed document, checked before it is validated: fragments let a short text expand to a tree
 * of any size, and validation compares fields of the same name pair by pair. Each fragment is measured once and
 * each measure stops at its limit, so that the check itself is linear in the document.
 */
import {
  GraphQLError,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { exceeded } from './document-errors';

export interface DocumentLimits {
  readonly depth: number;
  readonly aliases: number;
}

/** A document has one operation, or as many as a developer's file; each is validated separately. */
const MAX_OPERATIONS = 25;
const MAX_FRAGMENTS = 200;
const MAX_VARIABLES = 200;
/** A directive costs a little at each use. */
const MAX_DIRECTIVES = 50;
/** Root fields, under any alias; each is a separate operation. */
const MAX_ROOT_FIELDS = 60;
/**
 * Selections of an operation with all fragments expanded. The planner takes about half a millisecond for each,
 * once per document.
 */
const MAX_SELECTIONS = 1_200;
/** The same of all operations and fragments together, which are all validated. */
const MAX_SELECTIONS_OF_ALL = 5_000;
/** Comparisons of two fields with the same response name; a hundred times the same field are 4,950. */
const MAX_COMPARISONS = 5_000;
/** Maximum depth of introspection: the standard introspection query is 15 levels deep, and so is GraphiQL's. */
const MAX_INTROSPECTION_DEPTH = 20;

interface Measure {
  readonly depth: number;
  /** Below `__schema` and `__type`, which are deep by nature. */
  readonly introspectionDepth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly selections: number;
}

const NOTHING: Measure = { depth: 0, introspectionDepth: 0, aliases: 0, directives: 0, selections: 0 };

/**
 * Checks a document.
 * @returns the number of selections of each operation, with all fragments expanded.
 * @throws GraphQLError for the first exceeded limit, and for fragments that contain themselves.
 */
export function checkBounds(
  document: DocumentNode,
  limits: DocumentLimits,
): ReadonlyMap<OperationDefinitionNode, number> {
  const measurer = new Measurer(fragmentsOf(document));
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  within('operations', 'operations', operations.length, MAX_OPERATIONS);
  within('fragments', 'fragments', measurer.fragments.size, MAX_FRAGMENTS);
  const selectionsOf = new Map<OperationDefinitionNode, number>();
  let selections = 0;
  let comparisons = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      continue;
    const variables = definition.variableDefinitions ?? [];
    within('variables', 'variables', variables.length, MAX_VARIABLES);
    const measure = measurer.measure(definition.selectionSet);
    const directives = sum([definition, ...variables].map((node) => node.directives?.length ?? 0));
    within('directives', 'directives', directives + measure.directives, MAX_DIRECTIVES);
    // A fragment is also validated separately, so its expansion counts there and wherever it is spread.
    selections += measure.selections;
    if (selections > MAX_SELECTIONS_OF_ALL) {
      throw new GraphQLError(
        `The fragments of the document expand to more than ${MAX_SELECTIONS_OF_ALL} selections.`,
      );
    }
    comparisons += measurer.comparisons([definition.selectionSet], MAX_COMPARISONS - comparisons);
    if (comparisons > MAX_COMPARISONS) {
      throw exceeded('repetition', 'The document asks for the same fields too often; ask for each once.');
    }
    if (definition.kind === Kind.FRAGMENT_DEFINITION) continue;
    within('depth', 'levels', measure.depth, limits.depth);
    within('depth', 'levels below __schema or __type', measure.introspectionDepth, MAX_INTROSPECTION_DEPTH);
    within('aliases', 'aliases', measure.aliases, limits.aliases);
    within('rootFields', 'root fields', measurer.fields(definition.selectionSet).length, MAX_ROOT_FIELDS);
    within('selections', 'selections', measure.selections, MAX_SELECTIONS);
    selectionsOf.set(definition, measure.selections);
  }
  return selectionsOf;
}

function within(limit: string, noun: string, count: number, permitted: number): void {
  if (count > permitted)
    throw exceeded(limit, `The document has ${count} ${noun}; ${permitted} are permitted.`);
}

/** The fragments of a document by name. */
export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

/** An operation's root fields, with repetitions. Only for documents within the limits. */
export function rootFieldsOf(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  set: SelectionSetNode,
): FieldNode[] {
  return new Measurer(fragments).fields(set);
}

class Measurer {
  private readonly measured = new Map<string, Measure | 'under way'>();

  constructor(readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  measure(set: SelectionSetNode): Measure {
    let { depth, introspectionDepth, aliases, directives, selections } = NOTHING;
    for (const selection of set.selections) {
      const inner = this.below(selection);
      const isField = selection.kind === Kind.FIELD;
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
      introspectionDepth = Math.max(introspectionDepth, inner.introspectionDepth);
      aliases += inner.aliases + (isField && selection.alias ? 1 : 0);
      directives += inner.directives + (selection.directives?.length ?? 0);
      selections += inner.selections + 1;
    }
    return { depth, introspectionDepth, aliases, directives, selections };
  }

  /** The fields of a selection set itself, those of its fragments included. */
  fields(set: SelectionSetNode): FieldNode[] {
    return set.selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [selection];
      const inner = this.inner(selection);
      return inner ? this.fields(inner) : [];
    });
  }

  /**
   * Number of pairs of fields that the validation compares if these selection sets answer into one object,
   * weighted by the length of their arguments, which it compares as text.
   * @param most the count at which to stop.
   */
  comparisons(sets: readonly SelectionSetNode[], most: number): number {
    const byName = new Map<string, FieldNode[]>();
    for (const field of sets.flatMap((set) => this.fields(set))) {
      const name = (field.alias ?? field.name).value;
      const same = byName.get(name);
      if (same) same.push(field);
      else byName.set(name, [field]);
    }
    let count = 0;
    for (const same of byName.values()) {
      count += ((same.length - 1) * (same.length + sum(same.map(weightOfArguments)))) / 2;
      const below = same.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0 && count <= most) count += this.comparisons(below, most - count);
      if (count > most) return count;
    }
    return count;
  }

  private below(selection: SelectionNode): Measure {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.fragment(selection.name.value);
    if (!selection.selectionSet) return NOTHING;
    const inner = this.measure(selection.selectionSet);
    const asksForSchema = selection.kind === Kind.FIELD && selection.name.value.startsWith('__');
    return asksForSchema ? { ...inner, depth: 0, introspectionDepth: inner.depth + 1 } : inner;
  }

  private inner(selection: Exclude<SelectionNode, FieldNode>): SelectionSetNode | undefined {
    if (selection.kind === Kind.INLINE_FRAGMENT) return selection.selectionSet;
    return this.fragments.get(selection.name.value)?.selectionSet;
  }

  private fragment(name: string): Measure {
    const known = this.measured.get(name);
    if (known === 'under way') throw new GraphQLError(`Cannot spread fragment "${name}" within itself.`);
    if (known) return known;
    // The validation reports undefined fragments.
    const fragment = this.fragments.get(name);
    if (!fragment) return NOTHING;
    this.measured.set(name, 'under way');
    const measure = this.measure(fragment.selectionSet);
    this.measured.set(name, measure);
    return measure;
  }
}

/** One for about each ten characters that the arguments of a field take. */
function weightOfArguments({ arguments: given = [] }: FieldNode): number {
  return sum(given.map(({ loc }) => (loc ? (loc.end - loc.start) / 10 : 1)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
