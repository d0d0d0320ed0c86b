#!/bin/sh
# Run by the Postgres image on a fresh volume: the worker's role owns the catalog's database and is no superuser.

set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv password TENANTRY_CATALOG_PASSWORD
CREATE ROLE tenantry LOGIN PASSWORD :'password';
CREATE DATABASE catalog OWNER tenantry;
SQL
