import { z } from 'zod';
import type { Resource } from '../catalog/resources.js';

/** A snapshot, or the state before a restore: what a restore can name. */
export interface KeptState {
  readonly name: string;
  readonly createdAt: Date;
  /** `undefined` when it is kept until it is deleted. */
  readonly expiresAt: Date | undefined;
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

const branchDetail = z.object({ host: z.string(), role: z.string() });

export function tenantBranch({ name, createdAt, expiresAt, detail }: Resource): TenantBranch {
  const { host, role } = branchDetail.parse(detail);
  return { name, host, role, createdAt, expiresAt };
}
