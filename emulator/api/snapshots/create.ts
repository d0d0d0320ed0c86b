import { z } from 'zod';
import { badRequest, unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { beginSnapshot } from '../../operations/take-snapshot.js';
import { lsn, momentOf, refuseOutOfReach, timestamp } from '../branches/moment.js';
import { branchOf, projectOf } from '../find.js';
import * as input from '../input.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { operationView } from '../views/operation.js';
import { snapshotView } from '../views/snapshot.js';

const createQuery = z.object({
  lsn: lsn.optional(),
  timestamp: timestamp.optional(),
  name: input.name.optional(),
  expires_at: timestamp.optional(),
});

export async function createSnapshot(call: Call, neon: Neon): Promise<Reply> {
  const query = parse(createQuery, call.query);
  const moment = momentOf(query.timestamp, query.lsn);
  await refuseOutOfReach(moment, branchOf(call, neon), projectOf(call, neon), neon);
  const branch = branchOf(call, neon);
  if (branch.parent_id !== undefined) throw unprocessable('snapshots can only be taken of root branches');
  if (branch.current_state !== 'ready') throw unprocessable('branch not ready yet');
  const { name, expires_at } = query;
  if (expires_at !== undefined && Date.parse(expires_at) <= Date.now())
    throw badRequest('expires_at must be in the future');
  const { snapshot, operations } = beginSnapshot(
    branch,
    {
      manual: true,
      ...(name && { name }),
      ...(expires_at && { expires_at }),
      ...(moment && { moment }),
      ...(query.timestamp && { timestamp: query.timestamp }),
    },
    neon.engine,
    call.fateOf,
  );
  return ok({ snapshot: snapshotView(snapshot), operations: operations.map(operationView) });
}
