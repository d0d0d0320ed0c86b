import { join } from 'node:path';
import type { Postgres } from './installation.js';
import type { LogPosition } from './log-position.js';
import { run } from './run.js';

/** The state of a data directory while no server runs on it. */
export interface ControlData {
  /** Ended by a shutdown, so that the checkpoint is the end of its log. */
  readonly cleanlyStopped: boolean;
  readonly checkpoint: LogPosition;
  /** The oldest segment that a start needs. */
  readonly redoSegment: string;
}

export async function controlData(postgres: Postgres, dataDir: string): Promise<ControlData> {
  const report = await run(join(postgres.binDir, 'pg_controldata'), [dataDir], {
    runAs: postgres.runAs,
    env: { LC_ALL: 'C' },
  });
  const field = (name: string) => new RegExp(`^${name}: *(.*)$`, 'm').exec(report)?.[1]?.trim() ?? '';
  return {
    cleanlyStopped: field('Database cluster state') === 'shut down',
    checkpoint: field('Latest checkpoint location'),
    redoSegment: field("Latest checkpoint's REDO WAL file"),
  };
}
