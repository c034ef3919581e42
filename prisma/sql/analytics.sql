-- analytics: constraints that the Prisma schema cannot express.

alter table tax_periods
  add constraint tax_periods_days check (from_day <= to_day),
  add constraint tax_periods_first check ((number = 1) = (previous_hash is null) and number > 0);
select pospro_append_only('tax_periods');
select pospro_append_only('tax_period_rows');
