import type { TenantId } from '../tenancy/tenant-id.js';

/** Why something needs a person. */
export const attentionKinds = {
  /** No worker takes tasks, so nothing goes on. */
  'no-worker': 'a worker has to be started',
  /** Neon does not know a worker's key, so whatever needs Neon fails. */
  'key-refused': 'the workers have to be given a key that Neon knows',
  /** Temporal does not answer, so nothing goes on, and it cannot be seen what would. */
  'no-temporal': 'Temporal has to be started, or reached',
  /** A rollout was stopped by its failures, or cannot go on. */
  'rollout-stopped': 'what failed has to be mended, and the rollout continued or aborted',
  /** Events are not accepted where they are sent. */
  'events-held': 'their receiver has to be mended, and the endpoint resumed',
  /** What tenants use was not read for long. */
  'metering-behind': 'what keeps it from being read has to be mended',
  /** A workflow of the user's fails at each try with the tenants of a rollout, or no worker knows it. */
  'rollout-stuck': 'a worker has to have the workflow, or the rollout to be aborted',
  /** What several tenants wait for does not serve. */
  outage: 'what they wait for has to come back',
  /** An operation ended in the middle, and could not be undone. */
  stuck: 'the tenant has to be repaired',
  /** An operation's run was ended by force. The sweep takes most of them up again. */
  'no-run': 'the tenant has to be taken up again',
  /** A step is tried again and again. */
  waiting: 'what it waits for has to come back, or to be mended, or the step given up',
  /** A quota of the plan is used up. */
  'over-quota': 'the tenant needs another plan',
  /** A tenant could not be brought up. */
  failed: 'it has to be asked for again, or erased',
  /** Its role, or another, can do what it should not. */
  drifted: 'what was changed by hand has to be mended',
  /** Something at Neon that is to go does not. */
  'not-deleted': 'what Neon refuses has to be mended',
  /** A backup that its plan asks for was not taken. */
  'backup-overdue': 'what keeps it from being taken has to be mended',
  /** The last drill with the tenant found a snapshot that cannot be restored, or does not hold what it should. */
  'snapshot-broken': 'another one has to be taken, and proved',
  /** The last reconcile found that it is not what the catalog says. */
  difference: 'what differs has to be mended, or explained',
  /** The last reconcile could compare nothing, or there was none for long. */
  'not-reconciled': 'what kept it from comparing has to be mended',
} as const satisfies Record<string, string>;

export type AttentionKind = keyof typeof attentionKinds;

export interface Attention {
  readonly kind: AttentionKind;
  /** Absent where it concerns the whole fleet. */
  readonly tenantId?: TenantId;
  /** What is the matter, in a sentence. */
  readonly message: string;
  /** ISO 8601 */
  readonly since?: string;
  /** The command that ends it, or that shows how it goes where it ends by itself; without the word `tenantry`. */
  readonly command: string;
}
