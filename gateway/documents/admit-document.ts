/**
 * The door: every GraphQL document passes it, over HTTP, as a persisted query, or over a WebSocket. The order
 * lets cheap steps reject documents before expensive ones: the text is scanned, parsed, bounded, validated; the
 * operation is counted, its token checked, its variables bounded, its cost computed. The results for a text are
 * cached, also for an invalid one. The web server or the socket has counted the request itself before.
 */
import {
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type ASTVisitor,
  type ValidationContext,
} from 'graphql';
import type { DocumentNode, FieldNode, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { accessError } from '#kernel/auth/access';
import type { Config } from '#kernel/config';
import type { RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import { readAccess, type Access } from '../access-rules';
import type { GraphGateway } from '../executor';
import { countOperations } from '../http/admission';
import type { CostModel } from '../limits/cost';
import { checkBounds, fragmentsOf, rootFieldsOf } from './bounds';
import { documentError, exceeded, notTrusted } from './document-errors';
import { scanDocument } from './scan';
import type { TrustedDocuments } from './trusted-documents';
import { checkVariables } from './variables';

/** The request of a caller. */
export interface AskedOperation {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
}

/** An admitted operation. */
export interface AdmittedOperation {
  readonly document: DocumentNode;
  /** Names the document in the cache of plans. */
  readonly documentKey: string;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | undefined;
  /** Its root fields, with repetitions. */
  readonly fields: readonly FieldNode[];
  readonly variables: Record<string, unknown>;
  readonly cost: number;
}

/** A rejected document, with the reason. */
export class DocumentError extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('The document was rejected.');
  }
}

interface KnownDocument {
  readonly document: DocumentNode;
  /** The SHA-256 of its text in hex. */
  readonly key: string;
  readonly tokens: number;
  readonly operations: readonly KnownOperation[];
}

interface KnownOperation {
  readonly operation: OperationDefinitionNode;
  /** Its root fields, with repetitions. */
  readonly fields: readonly FieldNode[];
  /** Number of selections, with all fragments expanded. */
  readonly selections: number;
  /** Whether all root fields are open to callers without a valid token. */
  readonly isPublic: boolean;
  /** Whether it was admitted before, so that its plan exists. */
  isPlanned: boolean;
}

/** Planning this many selections takes as long as an operation may take. */
const SELECTIONS_OF_AN_OPERATION = 25;
/** Validation stops after this many errors. */
const MAX_ERRORS = 10;
/** Maximum tokens of all cached documents together. */
const REMEMBERED_TOKENS = 100_000;
/** Memory of a token with its place in the syntax tree, in bytes. The text itself is kept, too. */
const BYTES_OF_A_TOKEN = 500;
const REMEMBERED_FAILURES = 1000;

export class DocumentDoor {
  /** By their texts: a known one costs a look-up, and no hash. */
  private readonly known = new LRUCache<string, KnownDocument>({
    maxSize: REMEMBERED_TOKENS,
    sizeCalculation: ({ tokens }, text) => tokens + Math.ceil((text.length + 1) / BYTES_OF_A_TOKEN),
    dispose: ({ key }) => this.byKey.delete(key),
  });
  private readonly byKey = new Map<string, KnownDocument>();
  // A separate cache, so that invalid documents do not evict valid ones.
  private readonly failed = new LRUCache<string, readonly GraphQLError[]>({ max: REMEMBERED_FAILURES });
  private readonly access: ReadonlyMap<string, Access>;

  constructor(
    private readonly gateway: GraphGateway,
    private readonly cost: CostModel,
    private readonly config: Config,
    private readonly trusted: TrustedDocuments,
  ) {
    this.access = readAccess(gateway.supergraph);
  }

  /**
   * Admits an operation.
   * @throws DocumentError for an invalid document; PosProError 400 for an unknown operation name, 401 for an
   * invalid token if the operation needs one, 422 for variables beyond the limits, 429.
   */
  async admit(context: RequestContext, asked: AskedOperation): Promise<AdmittedOperation> {
    const { document, key, operations } = this.check(asked.query);
    const known = chosenOperation(operations, asked.operationName);
    const { operation, fields } = known;
    // The request was already counted once.
    const further = fields.length - 1 + operationsToPlan(known);
    if (further > 0) await countOperations(context, further);
    this.requireToken(context, known);
    checkVariables(asked.variables);
    const cost = this.priceOf(document, operation, asked.variables);
    known.isPlanned = true;
    return {
      document,
      documentKey: key,
      operation,
      operationName: asked.operationName,
      fields,
      variables: asked.variables,
      cost,
    };
  }

  /** An admitted document, by the SHA-256 of its text in hex; undefined if it is no longer cached. */
  documentOf(key: string): DocumentNode | undefined {
    return this.byKey.get(key)?.document;
  }

  private priceOf(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Record<string, unknown>,
  ): number {
    const { total, introspection } = this.cost.estimate(document, operation, variables);
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

  /** Parses, bounds and validates a text, once. @throws DocumentError */
  private check(text: string): KnownDocument {
    const known = this.known.get(text);
    if (known) return known;
    const key = createHash('sha256').update(text).digest('hex');
    const failed = this.failed.get(key);
    if (failed) throw new DocumentError(failed);
    const checked = this.read(text);
    if ('errors' in checked) {
      this.failed.set(key, checked.errors);
      throw new DocumentError(checked.errors);
    }
    const document: KnownDocument = { ...checked, key };
    this.known.set(text, document);
    this.byKey.set(key, document);
    return document;
  }

  private read(text: string): Omit<KnownDocument, 'key'> | { errors: readonly GraphQLError[] } {
    const { limits, introspection } = this.config;
    try {
      const { tokens, suggests } = scanDocument(text, limits.tokens);
      const document = parse(text);
      if (this.trusted.isRequired && !this.trusted.trusts(document))
        return { errors: [documentError(notTrusted())] };
      const selections = checkBounds(document, limits);
      const rules = [...specifiedRules, reservedAliases, ...(introspection ? [] : [closedSchema])];
      const hideSuggestions = !introspection || !suggests;
      const errors = validate(this.gateway.apiSchema, document, rules, {
        maxErrors: MAX_ERRORS,
        hideSuggestions,
      });
      const shown = introspection ? this.gateway.apiSchema : undefined;
      if (errors.length > 0) return { errors: errors.map((error) => documentError(error, shown)) };
      return { document, tokens, operations: this.operationsOf(document, selections) };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [documentError(error)] };
      throw error;
    }
  }

  private operationsOf(
    document: DocumentNode,
    selectionsOf: ReadonlyMap<OperationDefinitionNode, number>,
  ): KnownOperation[] {
    const fragments = fragmentsOf(document);
    return [...selectionsOf].map(([operation, selections]) => {
      const fields = rootFieldsOf(fragments, operation.selectionSet);
      const isPublic = this.arePublic(operation, fields);
      return { operation, fields, selections, isPublic, isPlanned: false };
    });
  }

  private arePublic({ operation }: OperationDefinitionNode, fields: readonly FieldNode[]): boolean {
    const root = `${operation[0]!.toUpperCase()}${operation.slice(1)}`;
    const names = fields.map(({ name }) => name.value).filter((name) => !name.startsWith('__'));
    return names.every((name) => this.access.get(`${root}.${name}`)?.public === true);
  }

  /** A public operation is executed, so that the holder of an expired token can sign in and refresh. */
  private requireToken({ actor }: RequestContext, { isPublic }: KnownOperation): void {
    if (actor.kind === 'anonymous' && actor.refusal && !isPublic) throw accessError(actor);
  }
}

function refuse(limit: string, message: string): never {
  throw new DocumentError([documentError(exceeded(limit, message))]);
}

/** A new operation has to be planned, which counts by its size. */
function operationsToPlan({ isPlanned, selections }: KnownOperation): number {
  return isPlanned ? 0 : Math.floor(selections / SELECTIONS_OF_AN_OPERATION);
}

function chosenOperation(operations: readonly KnownOperation[], name: string | undefined): KnownOperation {
  const chosen =
    name === undefined ? operations : operations.filter(({ operation }) => operation.name?.value === name);
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

/** Rejects introspection if the settings disable it. */
function closedSchema(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '__schema' && node.name.value !== '__type') return;
      context.reportError(new GraphQLError('Introspection is not permitted here.', { nodes: node }));
    },
  };
}
