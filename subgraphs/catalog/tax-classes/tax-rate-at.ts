import { sql, type Sql } from '#kernel/db/database';

/** The rate of a tax class `t` at a moment, in percent; null without a tax class. */
export function rateAt(moment: Sql): Sql {
  return sql`coalesce((
    select r.rate from tax_rates r where r.tax_class_id = t.id and r.valid_from <= ${moment} order by r.valid_from desc limit 1), t.rate)`;
}
