import type { Dependencies } from './dependencies.js';
import { type TenantStep, writerOf } from './tenant-step.js';

/** Forgets the project, its secrets and what was kept in it, once it is certainly gone. */
export function forgetProject({ catalog }: Dependencies) {
  return async (step: TenantStep): Promise<void> => {
    await catalog.secrets.forget(step.tenant);
    await catalog.resources.forget(step.tenant);
    await catalog.tenants.forgetProject(writerOf(step));
  };
}
