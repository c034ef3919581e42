/**
 * graphql-jit 0.8.9 puts the null of a rejected list item at the list's end instead of in its place: `[1, 2,
 * rejected]` becomes four items, and a batch of entities with one error gets a shifted answer. An item
 * fulfilled with an Error keeps its place, so this file passes rejections to the runtime in that form.
 * Importing it is enough.
 */
import { jitRuntime } from 'graphql-jit/dist/runtime';

const handle = jitRuntime.handleListItemResult.bind(jitRuntime);

jitRuntime.handleListItemResult = (context, item, onSuccess, onError) => {
  const settled = jitRuntime.isPromise(item) ? (item as Promise<unknown>).then(undefined, asError) : item;
  handle(context, settled, onSuccess, onError);
};

const asError = (reason: unknown): Error =>
  reason instanceof Error
    ? reason
    : new Error('A list item was rejected with something that is not an error.', { cause: reason });
