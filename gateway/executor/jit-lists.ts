/**
 * graphql-jit 0.8.9 puts the null of a rejected list item at the list's end instead of in its place: of `[1, 2, rejected]` it makes four
 * items, and of a batch of entities one of which fails an answer that fits none. An item that is fulfilled with an Error stays where it
 * is, so rejections are handed to its runtime in that form. Importing this file is enough.
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
