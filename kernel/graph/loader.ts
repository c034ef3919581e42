import DataLoader from 'dataloader';
import type { RequestContext } from '../context';
import { notFound } from '../errors';

/**
 * A loader that lives as long as the request: keys requested in one tick become one query.
 *
 * @param name unique within the process, by convention "domain.thing".
 * @param load gets up to 1,000 distinct keys; returns the values by key, in any order.
 *
 * @example
 * const product = await loader(ctx, 'catalog.product', (ids) => productsById(ctx, ids)).load(id);
 */
export function loader<Value>(
  ctx: RequestContext,
  name: string,
  load: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): DataLoader<string, Value | undefined> {
  let known = ctx.loaders.get(name) as DataLoader<string, Value | undefined> | undefined;
  if (!known) {
    const batch = async (keys: readonly string[]): Promise<(Value | undefined)[]> => {
      const found = await load(keys);
      return keys.map((key) => found.get(key));
    };
    known = new DataLoader(batch, { maxBatchSize: 1000 });
    ctx.loaders.set(name, known);
  }
  return known;
}

/** Loads a row that another row refers to. @throws PosProError NOT_FOUND for a missing row, which is a bug in PosPro. */
export async function loadRequired<Row>(
  rows: DataLoader<string, Row | undefined>,
  what: string,
  id: string,
): Promise<Row> {
  const row = await rows.load(id);
  if (row === undefined) throw notFound(what, id);
  return row;
}

/** Rows by their id, as a loader needs them. */
export function byId<Row extends { id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}
