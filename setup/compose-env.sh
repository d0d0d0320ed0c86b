#!/bin/sh
# Makes the secrets that docker-compose.yml asks for, in `.env`, where Compose looks for them. What is there stays.

set -eu
umask 077
file=${1:-.env}
touch "$file"

keep_or_make() {
  grep -q "^$1=." "$file" || echo "$1=$2" >>"$file"
}

keep_or_make TENANTRY_CATALOG_SUPERUSER_PASSWORD "$(openssl rand -hex 32)"
keep_or_make TENANTRY_CATALOG_PASSWORD "$(openssl rand -hex 32)"
keep_or_make TENANTRY_SEAL_KEY "compose:$(openssl rand -base64 32)"
keep_or_make NEON_EMULATOR_API_KEY "napi_$(openssl rand -hex 32)"
