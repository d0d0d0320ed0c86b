import { registeredSearchAttributes } from '../../local/registered-search-attributes.js';
import { temporalFlags } from '../../local/temporal-flags.js';

export const catalogOwnerFile = 'docker/catalog-owner.sql';

/**
 * The Postgres image runs this on a fresh volume: the worker's role owns the catalog's database and is not a
 * superuser.
 */
export const catalogOwnerSql = `\\getenv password TENANTRY_CATALOG_PASSWORD
CREATE ROLE tenantry LOGIN PASSWORD :'password';
CREATE DATABASE catalog OWNER tenantry;
`;

/** The servers that a worker needs besides Neon. Each of Temporal's flags is followed by its value. */
export function composeFile(name: string): string {
  const flags = temporalFlags(registeredSearchAttributes);
  const lines = flags.flatMap((flag, at) =>
    at % 2 === 0 ? [`      - ${quoted(`${flag}=${flags[at + 1]}`)}`] : [],
  );
  return `# Temporal and the catalog's Postgres, for the worker on this machine: npm run worker. Both are published on loopback alone.
# Their passwords are in .env: see .env.example.

name: ${name}

services:
  temporal:
    image: temporalio/temporal:1.9.1
    # A fresh volume is root's; the image's own user could not write to it.
    user: "0:0"
    command:
      - server
      - start-dev
      - --ip=0.0.0.0
      - --db-filename=/data/temporal.db
${lines.join('\n')}
    volumes: ["temporal:/data"]
    ports: ["127.0.0.1:7233:7233", "127.0.0.1:8233:8233"]

  catalog:
    image: pgvector/pgvector:0.8.1-pg18
    user: postgres
    environment:
      POSTGRES_USER: postgres
      POSTGRES_PASSWORD: \${TENANTRY_CATALOG_SUPERUSER_PASSWORD:?fill in .env}
      TENANTRY_CATALOG_PASSWORD: \${TENANTRY_CATALOG_PASSWORD:?fill in .env}
    volumes:
      # From Postgres 18 on the image keeps its data one level up, in a folder of the major version.
      - catalog:/var/lib/postgresql
      - ./${catalogOwnerFile}:/docker-entrypoint-initdb.d/catalog-owner.sql:ro
    ports: ["127.0.0.1:5432:5432"]

volumes:
  temporal:
  catalog:
`;
}

/** Quotes a text so that YAML accepts any of it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
