/**
 * Turns the fields that planned-supergraph.ts invented for the planner back into the real ones, in a finished
 * plan.
 */
import {
  getOperationAST,
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';
import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { PlannedSupergraph } from './planned-supergraph';

/** A plan over the composed supergraph, from one over the planned supergraph. */
export function withRealFields(plan: QueryPlan, supergraph: PlannedSupergraph): QueryPlan {
  const { node } = plan;
  if (!node || supergraph.argumentFields.size === 0) return plan;
  const turn = new PlanTurner(supergraph);
  if (node.kind !== 'Subscription') return { ...plan, node: turn.node(node) };
  const { primary, rest } = node;
  return { ...plan, node: { ...node, primary: turn.fetch(primary), ...(rest && { rest: turn.node(rest) }) } };
}

class PlanTurner {
  constructor(private readonly supergraph: PlannedSupergraph) {}

  node(node: PlanNode): PlanNode {
    switch (node.kind) {
      case 'Sequence':
      case 'Parallel':
        return { ...node, nodes: node.nodes.map((next) => this.node(next)) };
      case 'Flatten':
        return { ...node, node: this.node(node.node) };
      case 'Fetch': {
        const parts = this.apart(node);
        return parts.length === 1
          ? this.fetch(parts[0]!)
          : { kind: 'Parallel', nodes: parts.map((part) => this.fetch(part)) };
      }
      case 'Condition':
      case 'Defer':
        return node;
    }
  }

  fetch(fetch: FetchNode): FetchNode {
    const operation = visit(parse(fetch.operation, { noLocation: true }), {
      Field: (node) => {
        const real = this.supergraph.argumentFields.get(node.name.value);
        if (!real) return undefined;
        return {
          ...node,
          alias: node.alias ?? node.name,
          name: { kind: Kind.NAME, value: real.name },
          arguments: real.arguments,
        };
      },
    });
    return {
      ...fetch,
      operation: stripIgnoredCharacters(print(operation)),
      ...(fetch.requires && { requires: this.requires(fetch.requires) }),
    };
  }

  /** A field that is selected under the invented name, and sent under its own. */
  private requires(selections: readonly QueryPlanSelectionNode[]): QueryPlanSelectionNode[] {
    return selections.map((node) => {
      const inner = node.selections && { selections: this.requires(node.selections) };
      if (node.kind === 'InlineFragment') return { ...node, ...inner! };
      const real = this.supergraph.argumentFields.get(node.name);
      return real
        ? { ...node, ...inner, alias: node.alias ?? node.name, name: real.name }
        : { ...node, ...inner };
    });
  }

  /** Splits a fetch so that each part sends a field of an entity with only one set of arguments. */
  private apart(fetch: FetchNode): FetchNode[] {
    if (!fetch.requires) return [fetch];
    const groups: Set<string>[] = [];
    const groupOf = new Map<string, number>();
    const document = parse(fetch.operation, { noLocation: true });
    for (const [field, type] of entityFields(document)) {
      const name = `${this.supergraph.graphs.get(fetch.serviceName)}.${type}.${field.name.value}`;
      const needed = this.supergraph.required.get(name) ?? new Set<string>();
      let index = groups.findIndex((group) => this.agree(group, needed));
      if (index < 0) index = groups.push(new Set()) - 1;
      needed.forEach((each) => groups[index]!.add(each));
      groupOf.set(`${type}.${field.name.value}`, index);
    }
    if (groups.length < 2) return [fetch];
    return groups.map((group, index) =>
      part(fetch, document, (name) => groupOf.get(name) === index, this.others(groups, group)),
    );
  }

  private agree(group: ReadonlySet<string>, needed: ReadonlySet<string>): boolean {
    const kindOf = (name: string) => this.supergraph.argumentFields.get(name)!.kind;
    return [...needed].every((name) =>
      [...group].every((other) => other === name || kindOf(other) !== kindOf(name)),
    );
  }

  /** The argument fields of the other groups. */
  private others(groups: readonly ReadonlySet<string>[], own: ReadonlySet<string>): ReadonlySet<string> {
    return new Set(groups.flatMap((group) => [...group]).filter((name) => !own.has(name)));
  }
}

/** The fields that a fetch selects of entities, each with the entity's type. Such plans have no named fragments. */
function* entityFields(document: DocumentNode): Generator<[FieldNode, string]> {
  function* inside(selections: readonly SelectionNode[], type: string): Generator<[FieldNode, string]> {
    for (const node of selections) {
      if (node.kind === Kind.FIELD) yield [node, type];
      if (node.kind === Kind.INLINE_FRAGMENT)
        yield* inside(node.selectionSet.selections, node.typeCondition?.name.value ?? type);
    }
  }
  const [entities] = operationOf(document).selectionSet.selections as readonly [FieldNode];
  yield* inside(entities.selectionSet!.selections, '_Entity');
}

const operationOf = (document: DocumentNode): OperationDefinitionNode => getOperationAST(document)!;

/** A fetch of only some fields. @param needless the argument fields that they do not require. */
function part(
  fetch: FetchNode,
  document: DocumentNode,
  keeps: (field: string) => boolean,
  needless: ReadonlySet<string>,
): FetchNode {
  const kept = (selections: readonly SelectionNode[], type: string): SelectionNode[] =>
    selections.flatMap((node): SelectionNode[] => {
      if (node.kind === Kind.FIELD) return keeps(`${type}.${node.name.value}`) ? [node] : [];
      if (node.kind === Kind.FRAGMENT_SPREAD) return [node];
      const inner = kept(node.selectionSet.selections, node.typeCondition?.name.value ?? type);
      return inner.length > 0 ? [{ ...node, selectionSet: { ...node.selectionSet, selections: inner } }] : [];
    });
  const operation = operationOf(document);
  const [entities] = operation.selectionSet.selections as readonly [FieldNode];
  const inside = {
    ...entities,
    selectionSet: {
      ...entities.selectionSet!,
      selections: kept(entities.selectionSet!.selections, '_Entity'),
    },
  };
  const used = new Set<string>();
  visit(inside, { Variable: ({ name }) => void used.add(name.value) });
  const definition: OperationDefinitionNode = {
    ...operation,
    variableDefinitions:
      operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? [],
    selectionSet: { ...operation.selectionSet, selections: [inside] },
  };
  return {
    ...fetch,
    operation: stripIgnoredCharacters(print(definition)),
    variableUsages: (fetch.variableUsages ?? []).filter((name) => used.has(name)),
    requires: without(fetch.requires ?? [], needless),
  };
}

function without(
  selections: readonly QueryPlanSelectionNode[],
  needless: ReadonlySet<string>,
): QueryPlanSelectionNode[] {
  return selections.flatMap((node) => {
    if (node.kind === 'Field' && needless.has(node.name)) return [];
    if (!node.selections) return [node];
    const inner = without(node.selections, needless);
    return inner.length > 0 ? [{ ...node, selections: inner }] : [];
  });
}
