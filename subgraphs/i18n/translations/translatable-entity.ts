/** Kinds of rows with texts that can be translated. Each domain says which of its own there are (subgraphs/list.ts hands them over). */
import type { Sql } from '#kernel/db/database';

/** A text of a row. */
export interface TranslatableField {
  /** Its name in the graph: "description". */
  readonly name: string;
  /** Its column. */
  readonly column: string;
  /** Maximum length of a translation, in characters. */
  readonly max: number;
  /** Whether it may have line breaks. */
  readonly lines: boolean;
}

/** A kind of rows. */
export interface TranslatableEntity {
  /** Its name in the graph, in snake_case: "product". */
  readonly name: string;
  readonly table: string;
  readonly fields: readonly TranslatableField[];
  /** The condition for rows that are present, with the alias `e`. Optional; defaults to all. */
  readonly present?: Sql;
}
