import { z } from 'zod';
import { notFound } from '../../errors.js';
import type { Neon } from '../../neon.js';
import {
  branchById,
  databaseNamed,
  defaultBranchOf,
  endpointById,
  projectOf,
  roleNamed,
  writerOf,
} from '../find.js';
import * as input from '../input.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { connectionUri } from '../views/connection.js';

const uriQuery = z.object({
  branch_id: input.id.optional(),
  endpoint_id: input.id.optional(),
  database_name: z.string(),
  role_name: z.string(),
  /** Changes the name of the host and no more: there is no pooler, so both ways lead to the same port. */
  pooled: input.flag.optional(),
});

export function getConnectionUri(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const query = parse(uriQuery, call.query);
  const asked = query.endpoint_id === undefined ? undefined : endpointById(project, query.endpoint_id, neon);
  const branchId = query.branch_id ?? asked?.branch_id;
  const branch =
    branchId === undefined ? defaultBranchOf(project, neon) : branchById(project, branchId, neon);
  const endpoint = asked ?? writerOf(branch, neon);
  if (endpoint === undefined || endpoint.branch_id !== branch.id)
    throw notFound('no endpoint found for the branch');
  const role = roleNamed(branch, query.role_name, neon);
  const database = databaseNamed(branch, query.database_name, neon);
  const names = { role: role.name, password: role.password, database: database.name };
  const parts = { endpoint, ...names, pooled: query.pooled };
  return ok({ uri: connectionUri(parts, neon) });
}
