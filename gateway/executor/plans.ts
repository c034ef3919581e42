/** Query plans and everything else that depends on the document alone, made once per document and kept for the most used ones. */
import { getOperationAST, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { operationFromDocument, Supergraph, type Operation, type Schema } from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import { LRUCache } from 'lru-cache';
import { PosProError } from '../../kernel/errors';
import { scalarResolvers } from '../../kernel/graph/scalars';
import { compileShape, type AnswerShape } from './shape';
import { compileVariableCheck, type VariableCheck } from './variables';

/** What is known about one operation before it runs. */
export interface PreparedOperation {
  readonly ast: OperationDefinitionNode;
  readonly operation: Operation;
  readonly plan: QueryPlan;
  readonly shape: AnswerShape | undefined;
  readonly checkVariables: VariableCheck | undefined;
}

/** A plan takes some tens of kilobytes; clients of one shop send a few hundred documents at most. */
const MAX_PLANS = 2000;

export class Planner {
  /** With everything that callers must not see. */
  readonly supergraph: GraphQLSchema;
  /** What callers see. */
  readonly api: GraphQLSchema;
  private readonly apiOfPlanner: Schema;
  private readonly planner: QueryPlanner;
  private readonly prepared = new LRUCache<string, PreparedOperation>({ max: MAX_PLANS });

  constructor(supergraphSdl: string) {
    // Our own composition has validated it.
    const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: false });
    this.supergraph = supergraph.schema.toGraphQLJSSchema();
    this.apiOfPlanner = supergraph.apiSchema();
    this.api = this.apiOfPlanner.toGraphQLJSSchema();
    readScalars(this.api);
    this.planner = new QueryPlanner(supergraph);
  }

  /** @throws PosProError 400 where the document has no such operation. */
  prepare(key: string, document: DocumentNode, operationName: string | undefined): PreparedOperation {
    const fullKey = operationName === undefined ? key : `${key}#${operationName}`;
    const known = this.prepared.get(fullKey);
    if (known) return known;
    const ast = getOperationAST(document, operationName);
    if (!ast) throw new PosProError('BAD_REQUEST', 'Name one operation of the document with "operationName".');
    const operation = operationFromDocument(this.apiOfPlanner, document, { operationName, validate: false });
    const made: PreparedOperation = {
      ast,
      operation,
      plan: this.planner.buildQueryPlan(operation),
      shape: compileShape(this.api, document, ast),
      checkVariables: compileVariableCheck(this.api, document, ast),
    };
    this.prepared.set(fullKey, made);
    return made;
  }
}

/** Gives the public schema the scalars that the subgraphs have, so that values are judged before a plan is run. */
function readScalars(api: GraphQLSchema): void {
  for (const scalar of Object.values(scalarResolvers)) {
    const type = api.getType(scalar.name);
    if (type) Object.assign(type, { parseValue: scalar.parseValue, parseLiteral: scalar.parseLiteral });
  }
}
