import type { TenantId } from '../tenancy/tenant-id.js';

/** Why something needs a person. */
export const attentionKinds = {
  /** No worker takes tasks, so nothing continues. */
  'no-worker': 'a worker has to be started',
  /** Neon does not know a worker's key, so every step that needs Neon fails. */
  'key-refused': 'the workers have to be given a key that Neon knows',
  /** Temporal does not respond, so nothing continues, and nobody can see what is waiting. */
  'no-temporal': 'Temporal has to be started, or reached',
  /** A rollout was stopped by its failures, or cannot continue. */
  'rollout-stopped': 'what failed has to be mended, and the rollout continued or aborted',
  /** An endpoint does not accept its events. */
  'events-held': 'their receiver has to be mended, and the endpoint resumed',
  /** A plan's pool cannot be filled, or a project of it cannot be deleted. */
  'pool-not-filled': 'what keeps projects from being made ahead has to be mended',
  /** The tenants' usage has not been read for a long time. */
  'metering-behind': 'what keeps it from being read has to be mended',
  /** Records that were kept for long enough are not deleted. */
  'not-pruned': 'what keeps old records from being deleted has to be mended',
  /** A user-defined workflow fails at each attempt with a rollout's tenants, or no worker knows it. */
  'rollout-stuck': 'a worker has to have the workflow, or the rollout to be aborted',
  /** A service that several tenants wait for is down. */
  outage: 'what they wait for has to come back',
  /** An operation stopped in the middle, and could not be undone. */
  stuck: 'the tenant has to be repaired',
  /** An operation's run was terminated. The sweep takes up most of these tenants. */
  'no-run': 'the tenant has to be taken up again',
  /** A step is retried again and again. */
  waiting: 'what it waits for has to come back, or to be mended, or the step given up',
  /** A quota of the plan is used up. */
  'over-quota': 'the tenant needs another plan',
  /** A tenant could not be onboarded. */
  failed: 'it has to be asked for again, or erased',
  /** Its own role, or another, has rights that it should not have. */
  drifted: 'what was changed by hand has to be mended',
  /** A resource at Neon that should be deleted still exists. */
  'not-deleted': 'what Neon refuses has to be mended',
  /** Tenants have a plan that the fleet does not have, so nobody knows whether they are to be backed up. */
  'unknown-plan': "the plan has to be put back into the fleet's file, or its tenants given another",
  /** A backup that the tenant's plan requires was not taken, or failed several times in a row. */
  'backup-overdue': 'what keeps it from being taken has to be mended',
  /** The last drill with the tenant found a snapshot that cannot be restored, or lacks part of its contents. */
  'snapshot-broken': 'another one has to be taken, and proved',
  /** The last reconcile found that the tenant differs from the catalog. */
  difference: 'what differs has to be mended, or explained',
  /** The last reconcile could compare nothing, or there was none for a long time. */
  'not-reconciled': 'what kept it from comparing has to be mended',
} as const satisfies Record<string, string>;

export type AttentionKind = keyof typeof attentionKinds;

export interface Attention {
  readonly kind: AttentionKind;
  /** Absent when it concerns the whole fleet. */
  readonly tenantId?: TenantId;
  /** The problem, in a sentence. */
  readonly message: string;
  /** ISO 8601 */
  readonly since?: string;
  /** The command that ends it, or that shows its progress if it ends by itself; without the word `tenantry`. */
  readonly command: string;
}
