import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { lowerQuota, putToSleep, tryToCloseLogin } from './parts/shut-out.js';

export interface SuspendedTenant {
  readonly id: TenantId;
  readonly state: 'suspended';
  /**
   * The error that the tenant's own role gets when it tries to connect; absent if the tenant was suspended
   * before.
   */
  readonly refusal?: string;
  /**
   * False: somebody held on to the login, and the quota alone keeps everyone out. Absent if the quota was
   * lowered before, possibly by an operation that was cut off.
   */
  readonly loginClosed?: boolean;
  readonly seconds: number;
}

/**
 * Keeps everyone out of a tenant's database, and its compute asleep, by Neon's own means: the quota and the
 * login.
 */
export function suspendTenant(input: OperationInput): Promise<SuspendedTenant> {
  const { id } = input.tenant;
  return tenantOperation(input, {
    operation: 'suspend',
    copesWithLeftovers: true,
    hookAfter: 'suspended',
    names: [
      'end all connections',
      'close the login',
      'lower the quota',
      'put the compute to sleep',
      'try to connect',
    ],
    nothingToDo: () => ({ id, state: 'suspended', seconds: secondsSoFar() }),
    async run({ activities, step, undo, project }) {
      undo.touch();
      await step('end all connections', () => putToSleep(activities, project));
      const loginClosed = await step('close the login', () => tryToCloseLogin(activities, project));
      await step('lower the quota', () => lowerQuota(activities, project));
      await step('put the compute to sleep', () => putToSleep(activities, project));
      const refusal = await step('try to connect', () => activities.verifyShutOut(project));
      const closed = loginClosed === undefined ? {} : { loginClosed };
      return { result: { id, state: 'suspended', refusal, ...closed, seconds: secondsSoFar() } };
    },
  });
}

staysOnItsBuild(suspendTenant);
