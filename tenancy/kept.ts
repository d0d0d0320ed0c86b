import type { Timings } from './default-timings.js';

/** How long each kind of record is kept, all in milliseconds. */
export interface Kept {
  /** An ended rollout, and its outcome for each tenant; from its end. */
  readonly rolloutsMs: number;
  /** An event that every endpoint has accepted. */
  readonly eventsMs: number;
  /** Usage by the hour, before the hours of a day are added up. */
  readonly usageHoursMs: number;
  /** Usage at all, in whole months. */
  readonly usageMs: number;
  /** The evidence of a drill, unless it is the tenant's last one. */
  readonly drillsMs: number;
  /** The lines of a tenant's history about backups by policy. */
  readonly backupHistoryMs: number;
}

/** For how long the fleet keeps each kind of record. @param moreMs Added to each. */
export function keptBy(timings: Timings, moreMs = 0): Kept {
  return {
    rolloutsMs: timings.keptRollouts + moreMs,
    eventsMs: timings.keptEvents + moreMs,
    usageHoursMs: timings.keptUsageHours + moreMs,
    usageMs: timings.keptUsage + moreMs,
    drillsMs: timings.keptDrills + moreMs,
    backupHistoryMs: timings.keptBackupHistory + moreMs,
  };
}
