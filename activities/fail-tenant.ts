import type { FailureReason } from '../catalog/schema.js';
import type { Dependencies } from './dependencies.js';
import { type TenantStep, writerOf } from './tenant-step.js';

/** Marks the tenant failed, with the reason that a person will read. */
export function failTenant({ catalog }: Dependencies) {
  return (step: TenantStep & { readonly reason: FailureReason }): Promise<void> =>
    catalog.tenants.fail(writerOf(step), step.reason);
}
