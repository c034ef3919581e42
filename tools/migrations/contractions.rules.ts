/** Changes of a schema that take something away from the code of the former release. Pure. */
import type { SchemaPart } from './schema-parts.queries';

/** Kinds of parts that statements name, or need. */
const NEEDED: ReadonlySet<SchemaPart['kind']> = new Set([
  'table',
  'view',
  'column',
  'function',
  'label',
  'right',
]);

/** The end of the definition of a constraint that was not validated. */
const UNVALIDATED = /( NOT VALID)?( unvalidated)?$/;

/**
 * The contractions between two states of a schema, a sentence each. A schema that only expands has none: the former release's statements
 * find all that they name, and may insert and update all rows that they could.
 */
export function contractionsBetween(before: readonly SchemaPart[], after: readonly SchemaPart[]): string[] {
  const known = new Map(before.map((part) => [keyOf(part), part]));
  const remaining = new Set(after.map(keyOf));
  const gone = before
    .filter((part) => NEEDED.has(part.kind) && !remaining.has(keyOf(part)))
    // A table and its columns are one contraction.
    .filter(
      ({ kind, table }) =>
        kind === 'table' || table === null || remaining.has(`table ${table}`) || kind === 'view',
    )
    .map(({ kind, name }) => `The ${kind} ${name} is gone.`);
  const stricter = after.flatMap((part) => {
    const hadTable = known.has(`table ${part.table}`);
    const sentence = hadTable ? restriction(part, known) : undefined;
    return sentence === undefined ? [] : [sentence];
  });
  return [...gone, ...stricter];
}

const keyOf = ({ kind, name }: SchemaPart) => `${kind} ${name}`;

/** Why the former release's writes may fail on a part of a table that it knows; undefined if they do not. */
function restriction(part: SchemaPart, known: ReadonlyMap<string, SchemaPart>): string | undefined {
  const former = known.get(keyOf(part));
  if (part.kind === 'column') return columnRestriction(part, former);
  const isRule = part.kind === 'constraint' || (part.kind === 'index' && part.isStrict);
  // The validation of a constraint concerns the rows that are there.
  if (!isRule || former?.definition.replace(UNVALIDATED, '') === part.definition.replace(UNVALIDATED, ''))
    return undefined;
  const isOnNewColumns =
    part.columns !== null &&
    part.columns.length > 0 &&
    part.columns.every((column) => !known.has(`column ${part.table}.${column}`));
  return isOnNewColumns
    ? undefined
    : `The ${part.kind} ${part.name} is new on rows that the former release writes.`;
}

function columnRestriction(part: SchemaPart, former: SchemaPart | undefined): string | undefined {
  if (!former)
    return part.isStrict ? `The column ${part.name} is new, and an insert must name it.` : undefined;
  if (part.type !== former.type) return `The type of the column ${part.name} is changed.`;
  if (part.isNotNull && !former.isNotNull) return `The column ${part.name} must not be null now.`;
  return part.isStrict && !former.isStrict ? `The column ${part.name} has no default now.` : undefined;
}
