import { join } from 'node:path';
import { type Cluster, type ClusterOptions, ClusterStartError, startCluster } from './cluster.js';
import type { LogPosition } from './log-position.js';
import { writeNew } from './new-file.js';

/** A moment in a cluster's history; `undefined` is the end of its log. */
export type Moment = { readonly timestamp: string } | { readonly lsn: LogPosition } | undefined;

export interface Recovery extends Omit<ClusterOptions, 'settings'> {
  /** A copy of a base backup, which becomes the cluster at that moment. */
  readonly dataDir: string;
  readonly restoreCommand: string;
  readonly target: Moment;
}

const endedEarly = 'recovery ended before configured recovery target was reached';

/**
 * Replays the log over a base backup up to a moment, and resolves when the cluster accepts queries, on a
 * timeline of its own.
 * @throws with the end of the log if the moment cannot be reached.
 */
export async function recoverCluster(recovery: Recovery): Promise<Cluster> {
  writeNew(join(recovery.dataDir, 'recovery.signal'), '', { mode: 0o600, owner: recovery.postgres.runAs });
  try {
    return await replay(recovery, recovery.target);
  } catch (error) {
    if (!(error instanceof ClusterStartError) || !error.log.includes(endedEarly)) throw error;
    // Nothing was written after the moment, so the end of the log is the state at that moment.
    return replay(recovery, undefined);
  }
}

function replay({ restoreCommand, target, ...options }: Recovery, until: Moment): Promise<Cluster> {
  return startCluster({
    ...options,
    // Replaying the log of a busy day takes longer than a start.
    startTimeoutMs: 300_000,
    settings: {
      restore_command: restoreCommand,
      recovery_target_action: 'promote',
      archive_mode: 'off',
      // Nobody can connect before the moment is reached: the first answer marks the end of the recovery.
      hot_standby: 'off',
      ...targetSettings(until),
    },
  });
}

function targetSettings(until: Moment): Record<string, string> {
  if (until === undefined) return {};
  // A server does not know time zone names yet, not even `Z`, when it reads its settings.
  if ('timestamp' in until) return { recovery_target_time: until.timestamp.replace(/Z$/i, '+00:00') };
  // `pg_current_wal_lsn()` is where the next record will begin: everything before it counts, but that record
  // does not.
  return { recovery_target_lsn: until.lsn, recovery_target_inclusive: 'off' };
}
