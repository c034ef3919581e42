/**
 * The one definition of a table: the Prisma schema has it, `npm run codegen` writes it to each domain's
 * `tables.generated.ts`, and statements take their column lists from here. SQL stays SQL; only these lists are
 * derived.
 *
 * @example
 * db.many<OrderRow>(sql`select ${orders.select('o')} from orders o where o.id = any(${ids}::uuid[])`);
 * tx.run(branches.insert({ id, organizationId, name, code }));
 * tx.run(sql`insert into orders (${orders.columns}) select ${orders.values('d')}
 *   from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as d(${orders.definitions})`);
 */
import sql, { join, raw, type Sql } from 'sql-template-tag';
import { Decimal } from '../decimal';

/**
 * A column: its name in the table, the PostgreSQL type that reads it from JSON, and its default: null, or that
 * of the schema. A column without a default is required.
 */
export type Column = readonly [name: string, type: string, absent?: string | number | boolean | null];

/** The columns of a table, or some of them, in the order of the schema. */
export class Table<Row extends object, New extends object = Row> {
  private readonly texts = new Map<string, Sql>();
  private readonly keys: readonly string[];
  private readonly absent: Readonly<Record<string, unknown>>;

  /**
   * @param name the table's name.
   * @param definition the columns by their names in code.
   */
  constructor(
    readonly name: string,
    private readonly definition: Readonly<Record<keyof Row & string, Column>>,
  ) {
    this.keys = Object.keys(definition);
    const optional = Object.entries<Column>(definition).filter(([, column]) => column.length === 3);
    this.absent = Object.fromEntries(optional.map(([key, [, type, value]]) => [key, valueOf(type, value!)]));
  }

  /**
   * The complete row, without members that are not columns: omitted columns are null or have the schema's
   * default.
   */
  complete(row: New): Row {
    const given = row as Readonly<Record<string, unknown>>;
    const stored: Record<string, unknown> = {};
    for (const key of this.keys) stored[key] = given[key] === undefined ? this.absent[key] : given[key];
    return stored as Row;
  }

  /**
   * `insert into items (id, note) values ($1, $2)`: one row, completed; a `returning` or an `on conflict` may
   * follow.
   */
  insert(row: New): Sql {
    return sql`insert into ${raw(this.name)} (${this.columns}) values (${this.parameters(row)})`;
  }

  /**
   * Inserts any number of rows, completed; a `returning` or an `on conflict` may follow.
   * @param more further columns of a row, which take precedence.
   */
  insertMany<Given extends object>(rows: readonly Given[], more: (row: Given) => MoreOf<New, Given>): Sql;
  insertMany(rows: readonly New[]): Sql;
  insertMany(rows: readonly object[], more?: (row: never) => object): Sql {
    const given = rows.map((row) => this.given(row as Values, more?.(row as never) as Values | undefined));
    return sql`
      insert into ${raw(this.name)} (${this.columns}) select ${this.values('x')}
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as x (${this.definitions})`;
  }

  /** A completed row without its nulls: `jsonb_to_recordset` adds them. */
  private given(row: Values, more: Values | undefined): Values {
    const given: Record<string, unknown> = {};
    for (const key of this.keys) {
      const value = more?.[key] ?? (row[key] === undefined ? this.absent[key] : row[key]);
      if (value != null) given[key] = value;
    }
    return given;
  }

  /**
   * `$1, $2`: the values of one row, completed, in the order of `columns`; for an insert that adds values of
   * its own.
   */
  parameters(row: New): Sql {
    const stored = this.complete(row) as Readonly<Record<string, unknown>>;
    const given = Object.entries<Column>(this.definition).map(([key, column]) =>
      parameterOf(column, stored[key]),
    );
    return join(given, ', ');
  }

  /** `name = $1, note = $2`: the assignments of an update. Omitted or undefined columns stay. */
  set(changes: Partial<Row>): Sql {
    const given = Object.entries<unknown>(changes).filter(([, value]) => value !== undefined);
    const columns = this.definition as Readonly<Record<string, Column>>;
    return join(
      given.map(([key, value]) => sql`${raw(columns[key]![0])} = ${parameterOf(columns[key]!, value)}`),
      ', ',
    );
  }

  /** `id, organization_id`: the columns of an insert. */
  get columns(): Sql {
    return this.remember('columns', () => this.list(([column]) => column));
  }

  /** `o.id, o.organization_id`: the columns of a row that is read. */
  select(alias: string): Sql {
    return this.remember(`select ${alias}`, () => this.list(([column]) => `${alias}.${column}`));
  }

  /** `d.id, d."organizationId"`: the values of rows in JSON, in the order of `columns`. */
  values(alias: string): Sql {
    return this.remember(`values ${alias}`, () => this.list((_, key) => `${alias}.${quoted(key)}`));
  }

  /**
   * `id uuid, "organizationId" uuid`: the definition with which `jsonb_to_recordset` reads rows with the keys
   * of code.
   */
  get definitions(): Sql {
    return this.remember('definitions', () => this.list(([, type], key) => `${quoted(key)} ${type}`));
  }

  /** `quantity = excluded.quantity`: the assignments of an upsert from the row that it would have inserted. */
  get excluded(): Sql {
    return this.remember('excluded', () => this.list(([column]) => `${column} = excluded.${column}`));
  }

  /** The same table with these columns only. */
  pick<Key extends keyof Row & keyof New & string>(
    ...keys: readonly Key[]
  ): Table<Pick<Row, Key>, Pick<New, Key>> {
    return this.part((key) => (keys as readonly string[]).includes(key));
  }

  /** The same table without these columns. */
  omit<Key extends keyof Row & string>(...keys: readonly Key[]): Table<Omit<Row, Key>, Omit<New, Key>> {
    return this.part((key) => !(keys as readonly string[]).includes(key));
  }

  private part<Part extends object, NewPart extends object>(
    belongs: (key: string) => boolean,
  ): Table<Part, NewPart> {
    const entries = Object.entries<Column>(this.definition).filter(([key]) => belongs(key));
    return new Table(this.name, Object.fromEntries(entries) as Record<keyof Part & string, Column>);
  }

  private list(write: (column: Column, key: string) => string): string {
    return Object.entries<Column>(this.definition)
      .map(([key, column]) => write(column, key))
      .join(', ');
  }

  /** PostgreSQL recognizes a prepared statement by its text, so the lists are built once. */
  private remember(what: string, make: () => string): Sql {
    let text = this.texts.get(what);
    if (!text) this.texts.set(what, (text = raw(make())));
    return text;
  }
}

/** The rows of a table, or of a part of one: `RowOf<typeof SHOWN>`. */
export type RowOf<Part> = Part extends { complete(row: never): infer Row } ? Row : never;

type Values = Readonly<Record<string, unknown>>;

/** The columns that rows lack, and any others. */
type MoreOf<New, Given> = Omit<New, keyof Given> & Partial<New>;

/** A default in the type of rows (kernel/db/pg-types.ts). */
function valueOf(type: string, value: string | number | boolean | null): unknown {
  if (value === null) return null;
  if (type === 'numeric') return new Decimal(value as number);
  return type === 'jsonb' ? (JSON.parse(value as string) as unknown) : value;
}

/** A value as a parameter: the driver would send a list for jsonb as a PostgreSQL array. */
function parameterOf([, type]: Column, value: unknown): unknown {
  return type === 'jsonb' && value !== null ? JSON.stringify(value) : value;
}

/** PostgreSQL folds names without quotes to lower case. */
function quoted(key: string): string {
  return /[A-Z]/.test(key) ? `"${key}"` : key;
}
