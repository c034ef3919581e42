/**
 * Query plans and everything else that depends only on the document, made once per document and cached for the
 * most used ones.
 */
import {
  buildASTSchema,
  getOperationAST,
  Kind,
  OperationTypeNode,
  parse,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql';
import { operationFromDocument, Supergraph, type Schema } from '@apollo/federation-internals';
import {
  isPlanNode,
  QueryPlanner,
  type FetchNode,
  type PlanNode,
  type QueryPlan,
} from '@apollo/query-planner';
import { LRUCache } from 'lru-cache';
import { invariant, PosProError } from '#kernel/errors';
import type { GraphRequest } from '#kernel/graph/executor';
import { scalarResolvers } from '#kernel/graph/scalars';
import { withRealFields } from './argument-fields';
import { plannedSupergraph, type PlannedSupergraph } from './planned-supergraph';
import { plannable } from './planner-document';
import { conditionDefaults, conditionVariables, decided } from './conditions';
import { PlanCompiler, type MutationStep } from './execute-plan';
import type { Step } from './run';
import { keyOf, ResponseNames, type InternalDocument } from './response-names';
import { compileShape, type AnswerShape } from './response-shape';
import { compileVariableCheck, type VariableCheck } from './variables';

/** An executable operation. */
export interface PreparedOperation {
  /** Executes the whole plan of a query or mutation; undefined if no subgraph is asked, and for subscriptions. */
  readonly run: Step | undefined;
  /** The steps of a mutation whose fields are executed by several fetches, one after the other. */
  readonly mutationSteps: readonly MutationStep[] | undefined;
  readonly subscription: PreparedSubscription | undefined;
  readonly names: InternalDocument;
  readonly shape: AnswerShape;
}

/** The properties of an operation that do not depend on its variables. */
interface KnownOperation {
  readonly checkVariables: VariableCheck | undefined;
  /** The variables of its conditions, if any; it is prepared for each combination of their values. */
  readonly conditions: ReadonlySet<string>;
  readonly defaults: Readonly<Record<string, boolean>>;
  prepared: PreparedOperation | undefined;
}

export interface PreparedSubscription {
  /** The fetch whose subgraph has the events. */
  readonly primary: FetchNode;
  /** Completes each event by the fields of other subgraphs. */
  readonly rest: Step | undefined;
}

/** A plan takes some tens of kilobytes; clients of one shop send at most a few hundred documents. */
const MAX_PLANS = 2000;

export class Planner {
  /** With internal elements. */
  readonly supergraph: GraphQLSchema;
  /** The public schema. */
  readonly api: GraphQLSchema;
  private readonly apiOfPlanner: Schema;
  private readonly planner: QueryPlanner;
  private readonly planned: PlannedSupergraph;
  private readonly names: ResponseNames;
  private readonly known = new LRUCache<string, KnownOperation>({ max: MAX_PLANS });
  private readonly decided = new LRUCache<string, PreparedOperation>({ max: MAX_PLANS });

  constructor(supergraphSdl: string) {
    const composed = parse(supergraphSdl, { noLocation: true });
    this.planned = plannedSupergraph(composed);
    // Composition has validated it.
    this.supergraph = buildASTSchema(composed, { assumeValid: true, assumeValidSDL: true });
    const build = (document: DocumentNode) => Supergraph.build(document, { validateSupergraph: false });
    const forPlans = build(this.planned.document);
    const reuseQueryFragments = this.planned.argumentFields.size === 0;
    // Without separate fields for arguments, callers see the same schema in both documents.
    const forCallers = reuseQueryFragments ? forPlans : build(composed);
    this.apiOfPlanner = forCallers.apiSchema();
    this.api = this.apiOfPlanner.toGraphQLJSSchema();
    readScalars(this.api);
    this.planner = new QueryPlanner(forPlans, { reuseQueryFragments });
    this.names = new ResponseNames(this.planned.document);
  }

  /**
   * The prepared operation of a request; its variables are checked.
   * @throws PosProError 400 for an unknown operation of the document, 422 for invalid variables.
   */
  prepare({ documentKey, document, operationName, variables = {} }: GraphRequest): PreparedOperation {
    const key = operationName === undefined ? documentKey : `${documentKey}#${operationName}`;
    const known = this.known.get(key) ?? keep(this.known, key, this.look(document, operationName));
    known.checkVariables?.(variables);
    if (known.conditions.size === 0) return (known.prepared ??= this.make(document, operationName));
    const values = new Map(
      [...known.conditions].map((name) => [name, (variables[name] ?? known.defaults[name]) === true]),
    );
    const exact = `${key}#${[...values.values()].map(Number).join('')}`;
    return (
      this.decided.get(exact) ??
      keep(this.decided, exact, this.make(decided(document, values), operationName))
    );
  }

  private look(document: DocumentNode, operationName: string | undefined): KnownOperation {
    const ast = getOperationAST(document, operationName);
    if (!ast)
      throw new PosProError('BAD_REQUEST', 'Name one operation of the document with "operationName".');
    return {
      checkVariables: compileVariableCheck(this.api, document, ast),
      conditions: conditionVariables(document),
      defaults: conditionDefaults(ast),
      prepared: undefined,
    };
  }

  private make(document: DocumentNode, operationName: string | undefined): PreparedOperation {
    const ast = getOperationAST(document, operationName)!;
    const names = this.names.internal(plannable(this.api, document));
    const operation = operationFromDocument(this.apiOfPlanner, names.document, {
      operationName,
      validate: false,
    });
    const plan = withRealFields(this.planner.buildQueryPlan(operation), this.planned);
    const shape = compileShape({ schema: this.api, document, operation: ast, names });
    // The planner returns this if subgraphs compose, but a field is unreachable.
    invariant(
      plan.node !== undefined || !shape.asksSubgraphs,
      'no subgraph can answer what the operation asks for',
    );
    return { ...this.compile(plan.node), names, shape };
  }

  private compile(
    node: QueryPlan['node'],
  ): Pick<PreparedOperation, 'run' | 'mutationSteps' | 'subscription'> {
    const compiler = new PlanCompiler(this.supergraph);
    if (!node || isPlanNode(node)) {
      return {
        run: node && compiler.compile(node),
        mutationSteps: node && mutationStepsOf(node, compiler),
        subscription: undefined,
      };
    }
    const { primary, rest } = node;
    return {
      run: undefined,
      mutationSteps: undefined,
      subscription: { primary, rest: rest && compiler.compile(rest) },
    };
  }
}

/** The steps of a mutation; undefined if a single fetch executes all of its fields, or for other operations. */
function mutationStepsOf(node: PlanNode, compiler: PlanCompiler): MutationStep[] | undefined {
  if (node.kind !== 'Sequence') return undefined;
  const roots = node.nodes.map(rootsOf);
  if (roots.filter(({ length }) => length > 0).length < 2) return undefined;
  return node.nodes.map((step, index) => ({ run: compiler.compile(step), roots: roots[index]! }));
}

/** The root fields of a mutation that a node executes. */
function rootsOf(node: PlanNode): string[] {
  if (node.kind === 'Sequence') return node.nodes.flatMap(rootsOf);
  if (node.kind !== 'Fetch' || node.operationKind !== OperationTypeNode.MUTATION) return [];
  const document = parse(node.operation, { noLocation: true });
  const keysIn = (selections: readonly SelectionNode[]): string[] =>
    selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [keyOf(selection)];
      if (selection.kind === Kind.INLINE_FRAGMENT) return keysIn(selection.selectionSet.selections);
      const isMeant = (each: DefinitionNode) =>
        each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value;
      return keysIn((document.definitions.find(isMeant) as FragmentDefinitionNode).selectionSet.selections);
    });
  return keysIn(getOperationAST(document)!.selectionSet.selections);
}

function keep<Value extends object>(cache: LRUCache<string, Value>, key: string, value: Value): Value {
  cache.set(key, value);
  return value;
}

/** Adds the subgraphs' scalars to the public schema, so that values are checked before a plan is run. */
function readScalars(api: GraphQLSchema): void {
  for (const scalar of Object.values(scalarResolvers)) {
    const type = api.getType(scalar.name);
    const { parseValue, parseLiteral, specifiedByURL } = scalar;
    if (type) Object.assign(type, { parseValue, parseLiteral, specifiedByURL });
  }
}
