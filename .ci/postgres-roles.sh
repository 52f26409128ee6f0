#!/usr/bin/env bash
# Makes the portal's database and its two roles. The postgres image runs it once,
# at the first start of an empty volume; by hand: see docs/operations.md.
#
#   portal_owner  owns the tables; `migrate` alone uses it
#   portal_app    the running portal: reads and writes rows, changes no table
#
# Here portal_app gets no right on any table: `migrate` gives them, table by table,
# because only the portal's own registry knows which may be changed and which only added to.
set -euo pipefail

owner_password=$(cat "${PORTAL_OWNER_PASSWORD_FILE:?}")
app_password=$(cat "${PORTAL_APP_PASSWORD_FILE:?}")
database=${PORTAL_DATABASE:-portal}
owner=${PORTAL_OWNER_ROLE:-portal_owner}
app=${PORTAL_APP_ROLE:-portal_app}

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-postgres}" \
    --set owner="$owner" --set app="$app" --set database="$database" \
    --set owner_password="$owner_password" --set app_password="$app_password" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE :"app" LOGIN PASSWORD :'app_password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE :"database" OWNER :"owner" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"app";
\connect :"database"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO :"owner";
GRANT USAGE ON SCHEMA public TO :"app";
SQL
