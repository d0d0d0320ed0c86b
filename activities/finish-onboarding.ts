import type { FailureReason } from '../catalog/schema.js';
import type { Dependencies } from './dependencies.js';
import { type TenantStep, writerOf } from './tenant-step.js';

/** Marks the tenant ready. */
export function publishTenant({ catalog }: Dependencies) {
  return (step: TenantStep & { readonly schemaVersion: string | undefined }): Promise<void> =>
    catalog.tenants.publish(writerOf(step), step.schemaVersion);
}

/** Marks the tenant failed, with the reason that a person will read. */
export function failTenant({ catalog }: Dependencies) {
  return (step: TenantStep & { readonly reason: FailureReason }): Promise<void> =>
    catalog.tenants.fail(writerOf(step), step.reason);
}

/** Forgets the project and its secrets, once it is certainly gone. */
export function forgetProject({ catalog }: Dependencies) {
  return async (step: TenantStep): Promise<void> => {
    await catalog.secrets.forget(step.tenant);
    await catalog.tenants.forgetProject(writerOf(step));
  };
}
