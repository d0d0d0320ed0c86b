import { z } from 'zod';
import { conflict, unprocessable } from '../errors.js';
import type { Neon } from '../neon.js';
import { drop, put, update } from '../state/changes.js';
import { newDatabase } from '../state/make.js';
import type { Branch, Database } from '../state/records.js';
import { configure } from './configure.js';
import { branchOf, databaseNamed, nameId, roleNamed } from './find.js';
import * as input from './input.js';
import { refuseDatabaseBeyondLimit } from './limits.js';
import { type Call, created, nothing, ok, parse, type Reply, type Route } from './route.js';
import { databaseView } from './views/database.js';
import { operationView } from './views/operation.js';

const createRequest = z.object({
  database: z.object({ name: input.postgresName, owner_name: input.postgresName }),
});

const updateRequest = z.object({
  database: z.object({ name: input.postgresName.optional(), owner_name: input.postgresName.optional() }),
});

const reserved = new Set(['postgres', 'template0', 'template1']);

function list(call: Call, neon: Neon): Reply {
  const branch = branchOf(call, neon);
  const databases = neon.store.of.database
    .in(branch.project_id)
    .filter((database) => database.branch_id === branch.id)
    .sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return ok({ databases: databases.map(databaseView) });
}

function create(call: Call, neon: Neon): Reply {
  const branch = branchOf(call, neon);
  const { name, owner_name } = parse(createRequest, call.body).database;
  refuseTaken(branch, name, neon);
  roleNamed(branch, owner_name, neon);
  refuseDatabaseBeyondLimit(branch, neon);
  const database = newDatabase(branch, name, owner_name);
  const operations = neon.engine.begin(
    branch.project_id,
    configure(branch, neon),
    [put('database', database)],
    call.fateOf,
  );
  return created({ database: databaseView(database), operations: operations.map(operationView) });
}

function change(call: Call, neon: Neon): Reply {
  const branch = branchOf(call, neon);
  const database = databaseOf(call, neon);
  const { name = database.name, owner_name = database.owner_name } = parse(updateRequest, call.body).database;
  if (name !== database.name) refuseTaken(branch, name, neon);
  roleNamed(branch, owner_name, neon);
  const renamed: Database = {
    ...database,
    id: nameId(branch, name),
    name,
    owner_name,
    formerName: name === database.name ? database.formerName : database.name,
  };
  const operations = neon.engine.begin(
    branch.project_id,
    configure(branch, neon),
    [drop('database', database.id), update('database', renamed, {})],
    call.fateOf,
  );
  return ok({ database: databaseView(renamed), operations: operations.map(operationView) });
}

/** The list shows the database until its operation ends. */
function remove(call: Call, neon: Neon): Reply {
  const branch = branchOf(call, neon);
  const database = neon.store.of.database.get(nameId(branch, call.params.database_name ?? ''));
  if (database === undefined) return nothing;
  const operations = neon.engine.begin(
    branch.project_id,
    configure(branch, neon),
    [update('database', database, { deleting: true })],
    call.fateOf,
  );
  return ok({ database: databaseView(database), operations: operations.map(operationView) });
}

function refuseTaken(branch: Branch, name: string, { store }: Neon): void {
  if (reserved.has(name)) throw unprocessable(`database name "${name}" is reserved`);
  if (store.of.database.get(nameId(branch, name)) !== undefined)
    throw conflict(`database already exists; database_name:"${name}"`, 'DATABASE_ALREADY_EXISTS');
}

function databaseOf(call: Call, neon: Neon): Database {
  return databaseNamed(branchOf(call, neon), call.params.database_name ?? '', neon);
}

const databases = '/projects/:project_id/branches/:branch_id/databases';

export const databaseRoutes: readonly Route[] = [
  { method: 'GET', path: databases, handle: list },
  { method: 'POST', path: databases, handle: create },
  {
    method: 'GET',
    path: `${databases}/:database_name`,
    handle: (call, neon) => ok({ database: databaseView(databaseOf(call, neon)) }),
  },
  { method: 'PATCH', path: `${databases}/:database_name`, handle: change },
  { method: 'DELETE', path: `${databases}/:database_name`, handle: remove },
];
