import { z } from 'zod';
import { logPositionPattern, positionValue } from '../../../postgres/index.js';
import { badRequest, unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Branch, Project } from '../../state/records.js';

export type Moment = NonNullable<NonNullable<Branch['making']>['moment']>;

export const timestamp = z.iso.datetime({ offset: true });
export const lsn = z.string().regex(logPositionPattern, 'must look like 0/1DE2850');

/** @throws NeonError 400 when both are given. */
export function momentOf(at: string | undefined, position: string | undefined): Moment | undefined {
  if (at !== undefined && position !== undefined)
    throw badRequest('only one of timestamp and lsn can be given');
  if (at !== undefined) return { timestamp: at };
  return position === undefined ? undefined : { lsn: position };
}

/** @throws NeonError 422 when the branch cannot show the moment: not yet, no longer, or not any more than others. */
export async function refuseOutOfReach(
  moment: Moment | undefined,
  branch: Branch,
  project: Project,
  { computes }: Neon,
): Promise<void> {
  if (moment === undefined) return;
  const window = { from: Date.now() - project.history_retention_seconds * 1000, to: Date.now() };
  const past = await computes.pastOf(branch);
  if ('lsn' in moment) {
    const value = positionValue(moment.lsn);
    if (past !== undefined && value < positionValue(past.from))
      throw unprocessable(`LSN is before the history of the branch; lsn:"${moment.lsn}"`);
    if (past?.to !== undefined && value > positionValue(past.to))
      throw unprocessable(`LSN is ahead of the branch; lsn:"${moment.lsn}"`);
    return;
  }
  const at = Date.parse(moment.timestamp);
  const since = Math.max(past?.since ?? 0, Math.floor(Date.parse(branch.created_at)));
  if (at > window.to) throw unprocessable(`timestamp is in the future; timestamp:"${moment.timestamp}"`);
  if (at < window.from)
    throw unprocessable(`timestamp is outside of the history window; timestamp:"${moment.timestamp}"`);
  if (at < since) throw unprocessable(`timestamp is before the branch; timestamp:"${moment.timestamp}"`);
}
