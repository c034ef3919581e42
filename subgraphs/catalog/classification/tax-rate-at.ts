import { sql, type Sql } from '#kernel/db/database';

/** The rate in percent that a tax class `t` has at a moment; null without a tax class. */
export function rateAt(moment: Sql): Sql {
  return sql`coalesce((
    select r.rate from tax_rates r where r.tax_class_id = t.id and r.valid_from <= ${moment} order by r.valid_from desc limit 1), t.rate)`;
}
