import { readAhead } from '#kernel/read-ahead';

/** Numbers from 1, noting which have been made; it fails after the last one if asked. */
function numbers(last: number, error?: Error) {
  const made: number[] = [];
  let closed = false;
  async function* source(): AsyncGenerator<number> {
    try {
      for (let number = 1; number <= last; number += 1) {
        made.push(number);
        yield await Promise.resolve(number);
      }
      if (error) throw error;
    } finally {
      closed = true;
    }
  }
  return { source: source(), made, isClosed: () => closed };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

it('makes one value ahead of the consumer, and no more', async () => {
  const { source, made } = numbers(5);
  const seen: [number, number][] = [];
  for await (const value of readAhead(source)) {
    await settle();
    seen.push([value, made.length]);
  }
  expect(seen).toEqual([
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 5],
  ]);
});

it('throws an error of the source after the values before it', async () => {
  const { source } = numbers(2, new Error('truncated'));
  const seen: number[] = [];
  const reading = (async () => {
    for await (const value of readAhead(source)) {
      await settle();
      seen.push(value);
    }
  })();
  await expect(reading).rejects.toThrow('truncated');
  expect(seen).toEqual([1, 2]);
});

it('closes the source when the consumer stops', async () => {
  const { source, isClosed } = numbers(5);
  for await (const value of readAhead(source)) if (value === 2) break;
  expect(isClosed()).toBe(true);
});
