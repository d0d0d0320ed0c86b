import { z } from 'zod';
import type { Resource } from '../catalog/resources.js';
import type { DrillEvidence } from '../tenancy/drill-evidence.js';
import type { TenantId } from '../tenancy/tenant-id.js';

/** A snapshot, or the state before a restore: what a restore can name. */
export interface KeptState {
  readonly name: string;
  readonly createdAt: Date;
  /** `undefined` when it is kept until it is deleted. */
  readonly expiresAt: Date | undefined;
}

/** A snapshot, and what the tenant was when it was taken. */
export interface TenantSnapshot extends KeptState {
  /** It was taken because the plan says so. */
  readonly isBackup: boolean;
  /** The application's own. */
  readonly label: string | undefined;
  readonly plan: string | undefined;
  /** The newest migration that the database had. */
  readonly schemaVersion: string | undefined;
  /** The login that was published: a restore gives the tenant the one that is published then. */
  readonly role: string | undefined;
}

/** A restore that was tried, and what it proved. */
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

/** Those that have not expired. */
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

/** Those that have not expired. */
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
