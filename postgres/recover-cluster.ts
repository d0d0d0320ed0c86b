import { join } from 'node:path';
import { type Cluster, type ClusterOptions, ClusterStartError, startCluster } from './cluster.js';
import type { LogPosition } from './log-position.js';
import { writeNew } from './new-file.js';

/** A moment in the life of a cluster; `undefined` is the end of its log. */
export type Moment = { readonly timestamp: string } | { readonly lsn: LogPosition } | undefined;

export interface Recovery extends Omit<ClusterOptions, 'settings'> {
  /** A copy of a base, on its way to become the cluster as it was. */
  readonly dataDir: string;
  readonly restoreCommand: string;
  readonly target: Moment;
}

const endedEarly = 'recovery ended before configured recovery target was reached';

/**
 * Replays the log over a base up to a moment and resolves when the cluster takes queries, on a timeline of its own.
 * @throws with the end of the log when the moment cannot be reached.
 */
export async function recoverCluster(recovery: Recovery): Promise<Cluster> {
  writeNew(join(recovery.dataDir, 'recovery.signal'), '', { mode: 0o600, owner: recovery.postgres.runAs });
  try {
    return await replay(recovery, recovery.target);
  } catch (error) {
    if (!(error instanceof ClusterStartError) || !error.log.includes(endedEarly)) throw error;
    // Nothing was written after the moment, so it is the end of the log that shows how things were then.
    return replay(recovery, undefined);
  }
}

function replay({ restoreCommand, target, ...options }: Recovery, until: Moment): Promise<Cluster> {
  return startCluster({
    ...options,
    // The log of a busy day takes longer than a start.
    startTimeoutMs: 300_000,
    settings: {
      restore_command: restoreCommand,
      recovery_target_action: 'promote',
      archive_mode: 'off',
      // Nobody gets in before the moment is reached: the first answer is the end of the recovery.
      hot_standby: 'off',
      ...targetSettings(until),
    },
  });
}

function targetSettings(until: Moment): Record<string, string> {
  if (until === undefined) return {};
  // The names of time zones, `Z` among them, are not known yet when a server reads its settings.
  if ('timestamp' in until) return { recovery_target_time: until.timestamp.replace(/Z$/i, '+00:00') };
  // `pg_current_wal_lsn()` is where the next record will begin: everything before it counts, that record does not.
  return { recovery_target_lsn: until.lsn, recovery_target_inclusive: 'off' };
}
