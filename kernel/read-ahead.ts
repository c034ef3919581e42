/**
 * Reads one value ahead: the next one is made while the consumer still works on the current one. There is never more than one ahead, and
 * an error of the source is thrown at its turn.
 */
export async function* readAhead<Value>(source: AsyncIterable<Value>): AsyncGenerator<Value, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const start = () => {
    const next = iterator.next();
    next.catch(() => undefined);
    return next;
  };
  try {
    let next = start();
    for (;;) {
      const result = await next;
      if (result.done) return undefined;
      next = start();
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}
