import { z } from 'zod';
import { unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { update } from '../../state/changes.js';
import { backupScheduleItem } from '../../state/records.js';
import { branchOf } from '../find.js';
import { type Call, ok, parse, type Reply } from '../route.js';

const request = z.object({ schedule: z.array(backupScheduleItem).max(100) });

export function getSchedule(call: Call, neon: Neon): Reply {
  return ok({ schedule: branchOf(call, neon).backupSchedule ?? [] });
}

/** The whole schedule is replaced; an empty one ends it. */
export function setSchedule(call: Call, neon: Neon): Reply {
  const { schedule } = parse(request, call.body);
  const branch = branchOf(call, neon);
  if (branch.parent_id !== undefined) throw unprocessable('only root branches have a backup schedule');
  neon.store.commit([update('branch', branch, { backupSchedule: schedule })]);
  return ok({});
}
