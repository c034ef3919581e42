/** Answers to pure introspection. They are the same for all callers, so each is computed once. */
import {
  executeSync,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/**
 * The answer to the standard query is half a megabyte of text; a developer's tools send two or three different
 * ones.
 */
const KEPT = 8;

/** An admitted operation. */
interface Asked {
  readonly document: DocumentNode;
  readonly documentKey: string;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | undefined;
  /** Its root fields. */
  readonly fields: readonly FieldNode[];
}

export class IntrospectionAnswers {
  private readonly answers = new LRUCache<string, ExecutionResult>({ max: KEPT });

  constructor(private readonly schema: GraphQLSchema) {}

  /** The answer to a pure introspection operation without variables; undefined for any other. */
  to({ document, documentKey, operation, operationName, fields }: Asked): ExecutionResult | undefined {
    if (operation.variableDefinitions?.length) return undefined;
    if (!fields.every(({ name }) => name.value.startsWith('__'))) return undefined;
    const key = `${documentKey}#${operationName ?? ''}`;
    const known = this.answers.get(key);
    if (known) return known;
    const answer = executeSync({ schema: this.schema, document, operationName: operationName ?? null });
    this.answers.set(key, answer);
    return answer;
  }
}
