import { join } from 'node:path';
import type { Branch, Project } from '../state/records.js';
import type { Desired } from './desired.js';

/** Where a running compute takes connections. */
export type SocketPath = string;

/** The Postgres side of the emulator, as the operations see it. All of it may be repeated after a crash. */
export interface Computes {
  /** An empty cluster for a project's first branch. */
  createData(branch: Branch): Promise<void>;
  /** A copy of the parent as it is now, without disturbing who works on it. */
  copyData(parent: Branch, child: Branch): Promise<void>;
  destroyData(branch: Branch): Promise<void>;
  hasData(branch: Branch): boolean;

  /** Runs the branch's cluster; resolves when it answers and matches `desired`. */
  start(project: Project, branch: Branch, desired: Desired): Promise<void>;
  /** Makes the cluster match `desired`, running it for just that long when it was not running. */
  apply(project: Project, branch: Branch, desired: Desired): Promise<void>;
  stop(branch: Branch, mode?: 'fast' | 'immediate'): Promise<void>;
  /** The way in, when the compute runs. */
  socketOf(branchId: string): SocketPath | undefined;
  stopAll(): Promise<void>;
}

export function socketPath(address: { readonly host: string; readonly port: number }): SocketPath {
  return join(address.host, `.s.PGSQL.${address.port}`);
}
