import { catalogOwnerFile, catalogOwnerSql, composeFile } from './compose-file.js';

export const migrationsFolder = 'tenant-migrations';
export const workerFile = 'tenantry.worker.mjs';
const testFile = 'test/tenantry.test.mjs';
/** The shell expands this pattern, because Node does not expand it in every version. */
export const testFiles = 'test/*.test.mjs';

/** The files of a new project, each by its path relative to the project's folder. Plain Node can read all of them. */
export function projectFiles(name: string): Readonly<Record<string, string>> {
  return {
    'tenantry.config.mjs': fleet(name),
    [`${migrationsFolder}/0001_notes.sql`]: firstMigration,
    [workerFile]: worker,
    [testFile]: test,
    'docker-compose.yml': composeFile(name),
    [catalogOwnerFile]: catalogOwnerSql,
    '.env.example': environment,
  };
}

const fleet = (name: string) => `import { defineFleet } from 'tenantry';

// What every tenant gets. Workers, backends and commands read it alike.
export default defineFleet({
  name: '${name}',
  plans: {
    free: {
      region: 'aws-us-east-1',
      compute: { minCu: 0.25, maxCu: 0.25 },
    },
  },
  // SQL files, applied to each new tenant's database in the order of their numbers.
  migrations: '${migrationsFolder}',
});
`;

const firstMigration = `create table notes (
  id bigint generated always as identity primary key,
  body text not null,
  created_at timestamptz not null default now()
);
`;

const worker = `import { runWorker } from 'tenantry/worker';

// Reads tenantry.config.mjs of the present folder, and the variables of .env.example. Activities and workflows of your own
// go in here too: runWorker({ activities, workflowsPath }). The local stack, of tests too, runs this file.
await runWorker();
`;

const test = `import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectTenantry } from 'tenantry/client';
import { startTestStack } from 'tenantry/testing';
import fleet from '../tenantry.config.mjs';

// Temporal, Postgres, Neon's API and a worker: on this machine, for this file alone, and gone with it.
let stack;
let connected;

before(async () => {
  stack = await startTestStack();
  connected = await connectTenantry(fleet, stack.environment);
});

after(async () => {
  await connected?.close();
  await stack?.stop();
});

test('a new tenant has a database of its own, migrated', async () => {
  const { tenantry } = connected;
  await tenantry.execute.onboard({ id: 'acme' });
  const pool = await tenantry.pool('acme');
  await pool.query('insert into notes (body) values ($1)', ['hello']);
  const { rows } = await pool.query('select body from notes');
  assert.deepEqual(rows, [{ body: 'hello' }]);
});
`;

const environment = `# What workers, backends and commands are told. Nothing of it is needed to begin: without it, tests and commands bring a whole
# stack of their own, with an emulator of Neon.
#
# To use it: cp .env.example .env, fill it in, docker compose up, and in each shell: set -a; . ./.env; set +a

# --- Neon: an organization's key, or a personal key of a member, which needs the organization too -----------------------
NEON_API_KEY=
NEON_ORG_ID=

# --- The catalog, as docker-compose.yml starts it: two passwords, each of openssl rand -hex 32 --------------------------
TENANTRY_CATALOG_SUPERUSER_PASSWORD=
TENANTRY_CATALOG_PASSWORD=
TENANTRY_CATALOG_URL=postgresql://tenantry:$TENANTRY_CATALOG_PASSWORD@127.0.0.1:5432/catalog
# What seals the tenants' passwords: echo "first:$(openssl rand -base64 32)". Keep a copy; nothing opens them without it.
TENANTRY_SEAL_KEY=

# --- Temporal -----------------------------------------------------------------------------------------------------------
TEMPORAL_ADDRESS=127.0.0.1:7233
TEMPORAL_UI_URL=http://127.0.0.1:8233
`;
