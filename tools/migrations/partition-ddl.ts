/**
 * Turns the plain CREATE TABLE statements that Prisma writes into partitioned ones. Pure text processing, so
 * that it can be tested.
 */
import type { PartitionedTable } from '#prisma/partitions';

export interface PartitionedDdl {
  ddl: string;
  /** The reasons why tables of the list were not changed, a sentence each. */
  warnings: string[];
}

/**
 * @param ddl the output of `prisma migrate diff`.
 * @param handWritten the SQL files that run after it; their unique indexes count, too.
 */
export function partitionTables(
  ddl: string,
  handWritten: string,
  tables: readonly PartitionedTable[],
): PartitionedDdl {
  const warnings: string[] = [];
  let result = ddl;
  for (const { table, keys } of tables) {
    const statement = createTable(result, table);
    // A table that its domain creates again by hand has its definition there.
    if (!statement || new RegExp(`^create table "?${table}"? `, 'im').test(handWritten)) continue;
    const unique = uniqueColumns(statement, `${result}\n${handWritten}`, table);
    const key = keys.find((candidate) => unique.every((columns) => columns.includes(candidate)));
    if (!key) {
      const lacking = unique
        .filter((columns) => !columns.includes(keys[0]!))
        .map((columns) => `(${columns.join(', ')})`);
      warnings.push(
        `${table} is not partitioned: ${lacking.join(' and ')} must be unique, and do not contain ${keys.join(' or ')}.`,
      );
      continue;
    }
    const partitioned = `${statement.replace(/\);$/, `) PARTITION BY RANGE ("${key}");`)}\n\nCREATE TABLE "${table}_default" PARTITION OF "${table}" DEFAULT;`;
    result = result.replace(statement, () => partitioned);
  }
  return { ddl: result, warnings };
}

function createTable(ddl: string, table: string): string | undefined {
  return new RegExp(`^CREATE TABLE "${table}" \\([^;]*?^\\);$`, 'm').exec(ddl)?.[0];
}

/** The column lists of the primary key and of all unique constraints and indexes of a table. */
function uniqueColumns(statement: string, sql: string, table: string): string[][] {
  const inside = statement.matchAll(/(?:PRIMARY KEY|UNIQUE) \(([^)]*)\)/g);
  const indexes = sql.matchAll(
    new RegExp(`create unique index [^;]*? on "?${table}"?\\s*\\(([^;]*?)\\)\\s*(?:where|include|;)`, 'gi'),
  );
  return [...inside, ...indexes].map((match) => columnNames(match[1]!));
}

function columnNames(list: string): string[] {
  return list.split(',').map((column) => column.trim().split(/\s/)[0]!.replaceAll('"', ''));
}
