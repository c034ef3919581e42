/** The texts of the catalogue that can be translated. */
import { sql } from '#kernel/db/database';
import type { TranslatableEntity } from '#subgraphs/i18n/index';

const name = (max: number) => ({ name: 'name', column: 'name', max, lines: false });

export const CATALOG_TRANSLATABLES: readonly TranslatableEntity[] = [
  {
    name: 'product',
    table: 'products',
    fields: [name(250), { name: 'description', column: 'description', max: 10_000, lines: true }],
    present: sql`e.deleted_at is null`,
  },
  { name: 'category', table: 'categories', fields: [name(100)] },
  { name: 'brand', table: 'brands', fields: [name(100)] },
];
