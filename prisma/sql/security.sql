-- Runs last: by now every table of the migration exists.
grant usage on schema public to pospro_app, pospro_system;
grant usage, select on all sequences in schema public to pospro_app, pospro_system;
alter default privileges in schema public grant usage, select on sequences to pospro_app, pospro_system;
select pospro_ensure_partitions(months_ahead => 2, months_back => 3);
select pospro_secure_tables();
