import { z } from 'zod';
import { badRequest } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { beginDeleteSnapshot } from '../../operations/delete-snapshot.js';
import { update } from '../../state/changes.js';
import { defined } from '../../state/defined.js';
import { timestamp } from '../branches/moment.js';
import { projectOf } from '../find.js';
import * as input from '../input.js';
import { type Call, ok, parse, type Reply, type Route } from '../route.js';
import { operationView } from '../views/operation.js';
import { snapshotView } from '../views/snapshot.js';
import { createSnapshot } from './create.js';
import { snapshotOf } from './find.js';
import { restoreSnapshot } from './restore.js';
import { getSchedule, setSchedule } from './schedule.js';

function list(call: Call, neon: Neon): Reply {
  const snapshots = neon.store.of.snapshot
    .in(projectOf(call, neon).id)
    .sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  return ok({ snapshots: snapshots.map(snapshotView) });
}

const updateRequest = z.object({
  snapshot: z.object({
    name: input.name.optional(),
    /** `null` takes the end away. The description is silent about this field; Neon's own clients send it. */
    expires_at: timestamp.nullable().optional(),
  }),
});

function change(call: Call, neon: Neon): Reply {
  const snapshot = snapshotOf(call, neon);
  const { expires_at, ...fields } = parse(updateRequest, call.body).snapshot;
  if (expires_at && Date.parse(expires_at) <= Date.now())
    throw badRequest('expires_at must be in the future');
  const expiry = expires_at === undefined ? {} : { expires_at: expires_at ?? undefined };
  neon.store.commit([update('snapshot', snapshot, { ...defined(fields), ...expiry })]);
  return ok({ snapshot: snapshotView(snapshotOf(call, neon)) });
}

function remove(call: Call, neon: Neon): Reply {
  const operations = beginDeleteSnapshot(snapshotOf(call, neon), neon, call.fateOf);
  return { status: 202, body: { operations: operations.map(operationView) } };
}

const snapshots = '/projects/:project_id/snapshots';
const branch = '/projects/:project_id/branches/:branch_id';

export const snapshotRoutes: readonly Route[] = [
  { method: 'POST', path: `${branch}/snapshot`, handle: createSnapshot },
  { method: 'GET', path: snapshots, handle: list },
  { method: 'PATCH', path: `${snapshots}/:snapshot_id`, handle: change },
  { method: 'DELETE', path: `${snapshots}/:snapshot_id`, handle: remove },
  { method: 'POST', path: `${snapshots}/:snapshot_id/restore`, handle: restoreSnapshot },
  { method: 'GET', path: `${branch}/backup_schedule`, handle: getSchedule },
  { method: 'PUT', path: `${branch}/backup_schedule`, handle: setSchedule },
];
