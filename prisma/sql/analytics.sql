-- analytics: constraints that the Prisma schema cannot express.

alter table tax_periods
  add constraint tax_periods_days check (from_day <= to_day),
  add constraint tax_periods_first check ((number = 1) = (previous_hash is null) and number > 0);
select pospro_append_only('tax_periods');
select pospro_append_only('tax_period_rows');

alter table accounting_settings
  add constraint accounting_settings_chart check (chart in ('skr03', 'skr04')),
  add constraint accounting_settings_accountant check (consultant_number between 1001 and 9999999 and client_number between 1 and 99999),
  add constraint accounting_settings_numbers check (fiscal_year_month between 1 and 12 and account_length between 4 and 8);
