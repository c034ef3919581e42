-- shipping: constraints that the Prisma schema cannot express.
alter table table_rates
  add constraint table_rates_basis check (basis in ('weight', 'volume', 'value')),
  add constraint table_rates_units check (units in ('metric', 'imperial')),
  add constraint table_rates_amounts check (free_from >= 0 and divisor > 0 and weight_step > 0),
  add constraint table_rates_days check (min_days between 0 and 365 and max_days between min_days and 365);
