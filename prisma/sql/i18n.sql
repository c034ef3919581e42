-- i18n: constraints that the Prisma schema cannot express, and the audit trail.
alter table currency_settings
  add constraint currency_settings_code check (code ~ '^[A-Z]{3}$'),
  add constraint currency_settings_cash_step check (cash_step >= 0);

alter table exchange_rates
  add constraint exchange_rates_codes check (base ~ '^[A-Z]{3}$' and quote ~ '^[A-Z]{3}$' and base <> quote),
  add constraint exchange_rates_pair check (pair = least(base, quote) || '/' || greatest(base, quote)),
  add constraint exchange_rates_rate check (rate > 0),
  add constraint exchange_rates_source check (source in ('ecb', 'file', 'manual'));

alter table languages add constraint languages_fallback check (fallback <> code);
alter table translations add constraint translations_value check (btrim(value) <> '');
