import { supportBranchName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { deleteCopy } from './parts/delete-copy.js';
import { expiresAfter, longestExpiry } from './parts/expires-after.js';
import { waitForAll } from './parts/wait-for-neon.js';

export interface BranchInput extends OperationInput {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string;
  /** How long the copy lives, in milliseconds. @default `timings.branchTtl` */
  readonly ttlMs?: number;
}

export interface BranchedTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  readonly branch: string;
  /** The copy's host. Its connection string is sealed in the catalog. */
  readonly host: string;
  /** The copy's own login. */
  readonly role: string;
  /** ISO 8601 */
  readonly expiresAt: string;
  readonly seconds: number;
}

/**
 * Makes a copy of a tenant's database for support or a preview, with a login of its own and a time to live.
 */
export function branchTenant(input: BranchInput): Promise<BranchedTenant> {
  const { tenant, name, ttlMs } = input;
  return tenantOperation(input, {
    operation: 'branch',
    names: ['check the name', 'create the branch', 'create its login', 'verify its login', 'set its expiry'],
    asked: { name, ...(ttlMs === undefined ? {} : { ttlMs }) },
    async run({ activities, step, undo, project }) {
      const { branchTtl, branchExpiryMargin } = activities.timings;
      const expiresAt = await step('check the name', async () => {
        await activities.checkName({ ...project, kind: 'branch', name });
        return expiresAfter(ttlMs ?? branchTtl, longestExpiry - branchExpiryMargin);
      });
      undo.register('remove the copy', async () => {
        await activities.awaitIdle(project);
        await deleteCopy(activities, project, { name }, 'undone');
      });
      const branchId = await step('create the branch', async () => {
        const latest = new Date(Date.parse(expiresAt) + branchExpiryMargin).toISOString();
        await activities.intendResource({ ...project, kind: 'branch', name });
        const asked = { ...project, name: supportBranchName(name), expiresAt: latest };
        const made = await activities.createBranch(asked);
        await waitForAll(activities, project, made.operationIds);
        return made.branchId;
      });
      const login = await step('create its login', async () => {
        const sealed = await activities.sealBranchLogin({ ...project, branchId, name });
        await activities.openBranchLogin({ ...project, name });
        return sealed;
      });
      await step('verify its login', () => activities.verifyBranchLogin({ ...project, name }));
      await step('set its expiry', () =>
        activities.noteResource({
          ...project,
          kind: 'branch',
          name,
          neonId: branchId,
          detail: { ...login },
          expiresAt,
        }),
      );
      const { id } = tenant;
      return { result: { id, state: 'ready', branch: name, ...login, expiresAt, seconds: secondsSoFar() } };
    },
  });
}

staysOnItsBuild(branchTenant);
