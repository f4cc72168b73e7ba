#!/bin/bash
# Run once by PostgreSQL's image when it makes the cluster: the service's own role and database. The service is no
# superuser; it owns its database and can reach no other.
set -euo pipefail

password=$(</run/secrets/database_password)
psql --set ON_ERROR_STOP=1 --set password="$password" --username postgres --dbname postgres <<'SQL'
CREATE ROLE nguongoc LOGIN PASSWORD :'password' CONNECTION LIMIT 90;
CREATE DATABASE nguongoc OWNER nguongoc;
REVOKE ALL ON DATABASE nguongoc FROM PUBLIC;
-- A unit of work that lost its client must not hold its rows.
ALTER ROLE nguongoc SET idle_in_transaction_session_timeout = '60s';
SQL
