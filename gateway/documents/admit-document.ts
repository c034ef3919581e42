/**
 * The one door that every GraphQL document of a caller passes, by HTTP, as a persisted query, or over a WebSocket. In this order, so
 * that each step is only taken with what the cheaper ones before it have let through: the text is scanned, parsed, bounded, validated;
 * the operation is counted, its token asked for, its variables bounded, its price worked out. What is known of a text is remembered,
 * of a bad one too. That the request itself has been counted before is the web server's or the socket's to see to.
 */
import {
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  validate,
  type ASTVisitor,
  type ValidationContext,
} from 'graphql';
import type { DocumentNode, FieldNode, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { refusalOf } from '#kernel/auth/access';
import type { Config } from '#kernel/config';
import type { RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import { readAccess, type Access } from '../access-rules';
import type { GraphGateway } from '../executor';
import { countOperations } from '../http/admission';
import type { CostModel } from '../limits/cost';
import { checkBounds, fragmentsOf, rootFieldsOf } from './bounds';
import { documentError, exceeded } from './document-errors';
import { scanDocument } from './scan';
import { checkVariables } from './variables';

/** What a caller asks to be carried out. */
export interface AskedOperation {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
}

/** An operation that may be carried out. */
export interface AdmittedOperation {
  readonly document: DocumentNode;
  /** Names the document in the cache of plans. */
  readonly documentKey: string;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
  readonly cost: number;
}

/** A document that cannot be carried out, and why. */
export class DocumentRefused extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('The document is refused.');
  }
}

interface KnownDocument {
  readonly document: DocumentNode;
  readonly key: string;
  readonly tokens: number;
  /** Of each operation, with all fragments written out. */
  readonly selections: ReadonlyMap<OperationDefinitionNode, number>;
  /** Operations that have been let in before, so that their plans are there. */
  readonly planned: Set<OperationDefinitionNode>;
}

/** To plan so many selections takes as long as an operation may. */
const SELECTIONS_OF_AN_OPERATION = 25;
/** After so many errors validation is broken off. */
const MAX_ERRORS = 10;
/** All documents that are remembered have so many tokens together; a token with its place in the syntax tree takes some 500 bytes. */
const REMEMBERED_TOKENS = 100_000;
const REMEMBERED_FAILURES = 1000;

export class DocumentDoor {
  private readonly known = new LRUCache<string, KnownDocument>({
    maxSize: REMEMBERED_TOKENS,
    sizeCalculation: ({ tokens }) => tokens + 1,
  });
  // By themselves, so that bad documents do not push good ones out.
  private readonly failed = new LRUCache<string, readonly GraphQLError[]>({ max: REMEMBERED_FAILURES });
  private readonly access: ReadonlyMap<string, Access>;

  constructor(
    private readonly gateway: GraphGateway,
    private readonly cost: CostModel,
    private readonly config: Config,
  ) {
    this.access = readAccess(gateway.supergraph);
  }

  /**
   * Lets an operation in.
   * @throws DocumentRefused where the document is at fault; PosProError 400 for an operation name that is none, 401 where the token is no
   * good and something is asked that needs one, 422 for variables beyond all bounds, 429.
   */
  async admit(context: RequestContext, asked: AskedOperation): Promise<AdmittedOperation> {
    const known = this.check(asked.query);
    const { document, key } = known;
    const operation = chosenOperation(document, asked.operationName);
    const fields = rootFieldsOf(fragmentsOf(document), operation.selectionSet);
    // The request counts once already.
    await countOperations(context, fields.length - 1 + operationsToPlan(known, operation));
    this.requireToken(context, operation, fields);
    checkVariables(asked.variables);
    const cost = this.priceOf(document, operation, fields, asked.variables);
    known.planned.add(operation);
    return {
      document,
      documentKey: key,
      operation,
      operationName: asked.operationName,
      variables: asked.variables,
      cost,
    };
  }

  /** A document that was let in, by the SHA-256 of its text in hex; undefined where it is not remembered any more. */
  documentOf(key: string): DocumentNode | undefined {
    return this.known.get(key)?.document;
  }

  private priceOf(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    fields: readonly FieldNode[],
    variables: Record<string, unknown>,
  ): number {
    const { total, introspection } = this.cost.estimate(document, operation, variables, fields);
    const { cost: most } = this.config.limits;
    if (total > most)
      refuse('cost', `The operation costs ${total}; ${most} is permitted. Ask for fewer items at once.`);
    if (introspection > this.cost.mostIntrospection) {
      refuse(
        'introspection',
        'The operation asks for more of the schema than half as much again as the standard introspection query.',
      );
    }
    return total;
  }

  /** Parses, bounds and validates a text, once. @throws DocumentRefused */
  private check(text: string): KnownDocument {
    const key = createHash('sha256').update(text).digest('hex');
    const failed = this.failed.get(key);
    if (failed) throw new DocumentRefused(failed);
    const known = this.known.get(key);
    if (known) return known;
    const checked = this.read(text);
    if ('errors' in checked) {
      this.failed.set(key, checked.errors);
      throw new DocumentRefused(checked.errors);
    }
    const document: KnownDocument = { ...checked, key, planned: new Set() };
    this.known.set(key, document);
    return document;
  }

  private read(text: string): Omit<KnownDocument, 'key' | 'planned'> | { errors: readonly GraphQLError[] } {
    const { limits, introspection } = this.config;
    try {
      const { tokens, suggests } = scanDocument(text, limits.tokens);
      const document = parse(text);
      const selections = checkBounds(document, limits);
      const rules = [...specifiedRules, reservedAliases, ...(introspection ? [] : [closedSchema])];
      const hideSuggestions = !introspection || !suggests;
      const errors = validate(this.gateway.apiSchema, document, rules, {
        maxErrors: MAX_ERRORS,
        hideSuggestions,
      });
      return errors.length > 0 ? { errors: errors.map(documentError) } : { document, tokens, selections };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [documentError(error)] };
      throw error;
    }
  }

  /** An operation that needs nobody is carried out, so that whoever holds an expired token can sign in and refresh. */
  private requireToken(
    { actor }: RequestContext,
    { operation }: OperationDefinitionNode,
    fields: readonly FieldNode[],
  ): void {
    if (actor.kind !== 'anonymous' || !actor.refusal) return;
    const root = `${operation[0]!.toUpperCase()}${operation.slice(1)}`;
    const asked = fields.map(({ name }) => name.value).filter((name) => !name.startsWith('__'));
    if (asked.some((name) => !this.access.get(`${root}.${name}`)?.public)) throw refusalOf(actor);
  }
}

function refuse(limit: string, message: string): never {
  throw new DocumentRefused([documentError(exceeded(limit, message))]);
}

/** A document that is sent for the first time has to be planned, which counts by its size. */
function operationsToPlan(
  { planned, selections }: KnownDocument,
  operation: OperationDefinitionNode,
): number {
  return planned.has(operation) ? 0 : Math.floor(selections.get(operation)! / SELECTIONS_OF_AN_OPERATION);
}

function chosenOperation({ definitions }: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const chosen =
    name === undefined ? operations : operations.filter((operation) => operation.name?.value === name);
  if (chosen.length === 1) return chosen[0]!;
  throw new PosProError(
    'BAD_REQUEST',
    name === undefined
      ? 'Name one operation of the document with "operationName".'
      : 'The document has no operation of the name in "operationName".',
  );
}

/** Names with two underscores are GraphQL's own; as a key of the answer `__proto__` would even vanish. */
function reservedAliases(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (!node.alias?.value.startsWith('__')) return;
      context.reportError(new GraphQLError(`The alias "${node.alias.value}" is reserved.`, { nodes: node }));
    },
  };
}

/** Refuses questions about the schema where the settings say so. */
function closedSchema(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '__schema' && node.name.value !== '__type') return;
      context.reportError(new GraphQLError('Introspection is not permitted here.', { nodes: node }));
    },
  };
}
