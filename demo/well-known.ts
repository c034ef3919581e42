import type { Ids } from '#kernel/ids';

/**
 * Ids of which the first few are given: a sale of one item asks for its order's id, a stock movement's and a payment's, in this
 * order. Should that ever change, the test that calls every documented example says so.
 */
export function wellKnown(ids: Ids, first: readonly (string | undefined)[]): Ids {
  let asked = 0;
  return {
    next() {
      const given = first[asked];
      asked += 1;
      return given ?? ids.next();
    },
  };
}
