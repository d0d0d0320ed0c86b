import { z } from 'zod';
import { branchRecord, databaseRecord, endpointRecord, moment, roleRecord } from './records.js';

/*
 * What is left of a branch when it is not there: a snapshot of it, or what it takes to bring it back.
 */

export const snapshotRecord = z.object({
  id: z.string(),
  project_id: z.string(),
  name: z.string(),
  source_branch_id: z.string(),
  moment: moment.optional(),
  lsn: z.string().optional(),
  timestamp: z.string().optional(),
  manual: z.boolean(),
  created_at: z.string(),
  expires_at: z.string().optional(),
  /** Its data is whole. */
  ready: z.boolean(),
  /** As they were on the branch. */
  roles: z.array(roleRecord),
  databases: z.array(databaseRecord),
  deleting: z.boolean().optional(),
});

/** Kept apart from the branches, so that nothing that looks for a branch can find it. */
export const deletedBranchRecord = z.object({
  /** The branch's own. */
  id: z.string(),
  project_id: z.string(),
  created_at: z.string(),
  deleted_at: z.string(),
  recoverable_until: z.string(),
  deletion_method: z.enum(['user', 'ttl']),
  branch: branchRecord,
  endpoints: z.array(endpointRecord),
  roles: z.array(roleRecord),
  databases: z.array(databaseRecord),
});

export type Snapshot = Readonly<z.infer<typeof snapshotRecord>>;
export type DeletedBranch = Readonly<z.infer<typeof deletedBranchRecord>>;
