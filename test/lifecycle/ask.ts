import type { OperationHandle } from '../../client/index.js';
import type { TestTenantry } from '../support/tenantry.js';
import { type Asked, type Model, otherPlan } from './model.js';

/** Asks for an operation of a tenant on that plan, with what else it needs. */
export async function ask(
  { tenantry }: TestTenantry,
  id: string,
  { operation, plan }: { readonly operation: Asked; readonly plan: Model['plan'] },
): Promise<OperationHandle<unknown>> {
  switch (operation) {
    case 'onboard':
      return tenantry.start.onboard({ id, plan: 'free', reuseErased: true });
    case 'changePlan':
      return tenantry.start.changePlan(id, { plan: otherPlan(plan) });
    case 'restore': {
      const latest = (await tenantry.snapshots(id)).at(-1);
      return latest === undefined
        ? tenantry.start.snapshot(id)
        : tenantry.start.restore(id, { to: { snapshot: latest.name } });
    }
    case 'branch':
      return tenantry.start.branch(id, { name: 'support', ttlMs: 300 });
    case 'move':
      return tenantry.start.move(id, { region: 'aws-eu-central-1' });
    case 'offboard':
      return tenantry.start.offboard(id, { graceMs: 0 });
    default:
      return tenantry.start[operation](id);
  }
}
