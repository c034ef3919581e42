#!/bin/bash
# Run once, when the database is created: a role that may copy the database and nothing else, for the service "replica".
set -euo pipefail
# psql's variables quote the password.
psql -v ON_ERROR_STOP=1 -v password="$REPLICATION_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
create role pospro_replica with login replication password :'password';
SQL
echo 'host replication pospro_replica all scram-sha-256' >>"$PGDATA/pg_hba.conf"
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c 'select pg_reload_conf()'
