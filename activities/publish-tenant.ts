import { accessMark } from '../tenancy/app-role.js';
import type { Dependencies } from './dependencies.js';
import { type TenantStep, writerOf } from './tenant-step.js';

/** Marks the tenant ready. */
export function publishTenant({ catalog, fleet }: Dependencies) {
  return (step: TenantStep & { readonly schemaVersion: string | undefined }): Promise<void> =>
    catalog.tenants.publish(writerOf(step), {
      schemaVersion: step.schemaVersion,
      access: accessMark(fleet.appRole),
    });
}
