/** The name and the description of things that are unique by name, whatever its case, accents and width. */
import { cleanName, emptyToNull } from './clean-text.rules';
import { raw, sql, type Queryable } from './db/database';
import type { Table } from './db/table';
import { nameKey } from './fold-text.rules';
import { containsWords, listPage, type Page, type PageArgs } from './paging';
import { nameErrors, textErrors, throwFieldErrors } from './validation';

interface Named {
  readonly name: string;
  readonly description?: string | null | undefined;
}

/** The name and the description as they are stored. @throws PosProError 422 by field. */
export function checkedNames({ name, description }: Named) {
  throwFieldErrors([
    ...nameErrors('name', name, { min: 1, max: 100 }),
    ...textErrors('description', description, { max: 1000 }),
  ]);
  return { name: cleanName(name), nameKey: nameKey(name), description: emptyToNull(description) };
}

/** A page of an organization's rows, by name. @param table with `name`, `name_key`, `created_at` and `updated_at`. */
export function listByName<Row extends { id: string; name: string; nameKey: string }>(
  db: Queryable,
  table: Pick<Table<Row>, 'name' | 'select'>,
  filter: PageArgs & { readonly search?: string | null | undefined },
): Promise<Page<Row>> {
  const list = {
    select: table.select('r'),
    from: sql`${raw(table.name)} r`,
    where: containsWords(sql`r.name_key`, filter.search),
    sorts: { name: sql`r.name`, createdAt: sql`r.created_at` },
    updatedAt: sql`r.updated_at`,
    defaultSort: 'name',
    id: sql`r.id`,
  };
  return listPage<Row>(db, list, filter);
}
