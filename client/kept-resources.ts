import { z } from 'zod';
import type { Resource } from '../catalog/resources.js';
import type { DrillEvidence } from '../tenancy/drill-evidence.js';
import type { TenantId } from '../tenancy/tenant-id.js';

/** A snapshot, or the state before a restore: a possible target of a restore. */
export interface KeptState {
  readonly name: string;
  readonly createdAt: Date;
  /** `undefined` when it is kept until it is deleted. */
  readonly expiresAt: Date | undefined;
}

/** A snapshot, with the tenant's facts at that time. */
export interface TenantSnapshot extends KeptState {
  /** Whether the plan's policy took it. */
  readonly isBackup: boolean;
  /** The application's own label. */
  readonly label: string | undefined;
  readonly plan: string | undefined;
  /** The database's newest migration at that time. */
  readonly schemaVersion: string | undefined;
  /** The login that was published at that time. A restore gives the tenant the login that is published then. */
  readonly role: string | undefined;
}

/** The result of a drill. */
export interface TenantDrill extends DrillEvidence {
  readonly tenant: TenantId;
  readonly runId: string;
  readonly at: Date;
}

/** A copy of a tenant's database. */
export interface TenantBranch extends KeptState {
  readonly host: string;
  /** The copy's own login. */
  readonly role: string;
}

/** The unexpired ones. */
export function keptStates(resources: readonly Resource[], now: number = Date.now()): KeptState[] {
  return resources
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt.getTime() > now)
    .map(({ name, createdAt, expiresAt }) => ({ name, createdAt, expiresAt }));
}

const snapshotDetail = z.object({
  backup: z.boolean().optional(),
  label: z.string().optional(),
  plan: z.string().optional(),
  schemaVersion: z.string().optional(),
  role: z.string().optional(),
});

/** The unexpired ones. */
export function tenantSnapshots(resources: readonly Resource[], now: number = Date.now()): TenantSnapshot[] {
  return resources
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt.getTime() > now)
    .map(({ name, createdAt, expiresAt, detail }) => {
      const { backup: isBackup = false, label, plan, schemaVersion, role } = snapshotDetail.parse(detail);
      return { name, createdAt, expiresAt, isBackup, label, plan, schemaVersion, role };
    });
}

const branchDetail = z.object({ host: z.string(), role: z.string() });

export function tenantBranch({ name, createdAt, expiresAt, detail }: Resource): TenantBranch {
  const { host, role } = branchDetail.parse(detail);
  return { name, host, role, createdAt, expiresAt };
}
