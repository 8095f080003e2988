#!/bin/sh
# Run once by the postgres image when its volume is empty: the two roles and the database, as config/boot/roles.py makes
# them for the embedded server (a test holds the two against each other).
set -eu
: "${RABTA_OWNER_PASSWORD:?set RABTA_OWNER_PASSWORD}" "${RABTA_APP_PASSWORD:?set RABTA_APP_PASSWORD}"

# Passwords travel by environment and \getenv, so that no process list or log shows them.
psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv owner_password RABTA_OWNER_PASSWORD
\getenv app_password RABTA_APP_PASSWORD
CREATE ROLE rabta_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD :'owner_password';
CREATE ROLE rabta_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD :'app_password';
CREATE DATABASE rabta OWNER rabta_owner;
\connect rabta
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS citext;
ALTER SCHEMA public OWNER TO rabta_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO rabta_app;
ALTER DEFAULT PRIVILEGES FOR ROLE rabta_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rabta_app;
ALTER DEFAULT PRIVILEGES FOR ROLE rabta_owner GRANT USAGE, SELECT ON SEQUENCES TO rabta_app;
ALTER DEFAULT PRIVILEGES FOR ROLE rabta_owner GRANT EXECUTE ON FUNCTIONS TO rabta_app;
SQL
