/**
 * What is asked of every request before anything of it runs, whatever face it came to: that the token it brought is good, where it
 * wants something that is not for everybody, and that its sender has not reached the rate limit. In a GraphQL document each root
 * field counts, under whatever alias, so that a limit of operations cannot be slipped by putting many into one request.
 */
import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { senderAddress } from '../../kernel/addresses';
import { refusalOf, type Actor } from '../../kernel/auth/actor';
import type { RequestContext } from '../../kernel/context';
import { limitsOf, rateLimited, type RateState } from '../../kernel/limits';
import type { Access } from '../access';

/**
 * Counts operations of one request, and leaves the headers for its answer in `context.reply`.
 * @throws PosProError RATE_LIMITED (429)
 */
export async function countOperations(context: RequestContext, count: number): Promise<void> {
  const { operations } = limitsOf(context);
  if (!operations || count === 0) return;
  const state = await operations.consume(senderOf(context.actor, context.request.address), count);
  const headers = limitHeaders(state);
  context.reply.headers = { ...context.reply.headers, ...headers };
  if (!state.exceeded) return;
  context.reply.headers = { ...context.reply.headers, 'retry-after': headers['ratelimit-reset']! };
  throw rateLimited(state, 'Too many operations');
}

/** A shop's tills share an address, so those who are signed in count by themselves; all others count by address. */
function senderOf(actor: Actor, address: string): string {
  if (actor.kind === 'anonymous') return `address:${senderAddress(address)}`;
  if (actor.kind === 'apiKey') return `key:${actor.sessionId}`;
  return actor.kind === 'user' ? `user:${actor.userId}` : `platform:${actor.organizationId}`;
}

function limitHeaders({ limit, remaining, resetSeconds }: RateState): Record<string, string> {
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetSeconds),
  };
}

/**
 * Admits a GraphQL operation.
 * @throws PosProError 401 where the token is no good and something is asked that needs one, 429.
 */
export async function admitOperation(
  context: RequestContext,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  access: ReadonlyMap<string, Access>,
): Promise<void> {
  const fields = rootFields(document, operation);
  await countOperations(context, fields.length);
  const { actor } = context;
  if (actor.kind !== 'anonymous' || !actor.refusal) return;
  const root = `${operation.operation[0]!.toUpperCase()}${operation.operation.slice(1)}`;
  // One that needs nobody is carried out, so that whoever holds an expired token can sign in and refresh.
  if (fields.some((name) => !access.get(`${root}.${name}`)?.public)) throw refusalOf(actor);
}

/** The names of the root fields, as often as they are asked for. Questions about the schema itself don't count. */
function rootFields(document: DocumentNode, operation: OperationDefinitionNode): string[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const collect = (set: SelectionSetNode): string[] =>
    set.selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value.startsWith('__') ? [] : [selection.name.value];
      if (selection.kind === Kind.INLINE_FRAGMENT) return collect(selection.selectionSet);
      const fragment = fragments.get(selection.name.value);
      return fragment ? collect(fragment.selectionSet) : [];
    });
  return collect(operation.selectionSet);
}
