import { join } from 'node:path';
import type { Branch, Project } from '../state/records.js';
import type { Made, Making } from './copies.js';
import type { DataOwner } from './data-owner.js';
import type { Desired } from './desired.js';
import type { Past } from './history.js';
import type { Measure } from './measure.js';
import type { ScramVerifier } from './scram.js';

/** Where a running compute takes connections. */
export type SocketPath = string;

/** The Postgres side of the emulator, as the operations see it. All of it may be repeated after a crash. */
export interface Computes {
  /** An empty cluster for a project's first branch. */
  createData(project: Project, branch: Branch): Promise<void>;
  /** A copy of the source as it is or was, without disturbing who works on it. */
  makeData(owner: DataOwner, making: Making): Promise<Made>;
  destroyData(owner: DataOwner): Promise<void>;
  hasData(branch: Branch): boolean;
  /** How far back the branch's past can be shown; nothing where it has none. */
  pastOf(branch: Branch): Promise<Past | undefined>;
  /** Lets go of the past that is older than so many seconds. For a branch at rest. */
  forget(branch: Branch, olderThanSeconds: number): Promise<void>;
  /** Removes what belongs to none of these: the remains of work that was cut short. */
  sweep(owners: readonly DataOwner[]): Promise<void>;

  /** Runs the branch's cluster; resolves when it answers and matches `desired`. */
  start(project: Project, branch: Branch, desired: Desired): Promise<void>;
  /** Makes the cluster match `desired`, running it for just that long when it was not running. */
  apply(project: Project, branch: Branch, desired: Desired): Promise<void>;
  stop(branch: Branch, mode?: 'fast' | 'immediate'): Promise<void>;
  /** The way in, when the compute runs. */
  socketOf(branchId: string): SocketPath | undefined;
  /** What the Postgres behind a socket keeps of a role's password; nothing of a superuser's. */
  verifierOf(socket: SocketPath, role: string): Promise<ScramVerifier | undefined>;
  /** A look into a running compute. @returns undefined when it does not run. */
  measure(branchId: string): Promise<Measure | undefined>;
  /** Makes a running compute refuse writes beyond so many bytes, or take them again. */
  limitSize(branchId: string, limitBytes: number | undefined): Promise<void>;
  stopAll(): Promise<void>;
}

export function socketPath(address: { readonly host: string; readonly port: number }): SocketPath {
  return join(address.host, `.s.PGSQL.${address.port}`);
}
