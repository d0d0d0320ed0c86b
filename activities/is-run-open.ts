import type { TenantKey } from '../catalog/tenant.js';
import { tenantWorkflowId } from '../tenancy/naming.js';
import type { Dependencies } from './dependencies.js';

/** Whether a run that had the tenant is under way. It is looked for under the id that it began with: a fleet may name its runs otherwise by now. */
export async function isRunOpen(
  {
    catalog,
    runs,
  }: Pick<Dependencies, 'runs'> & { readonly catalog: Pick<Dependencies['catalog'], 'history'> },
  tenant: TenantKey,
  runId: string,
): Promise<boolean> {
  const began = await catalog.history.beginning(tenant, runId);
  return runs.isOpen(began?.workflowId ?? tenantWorkflowId(tenant.fleet, tenant.id), runId);
}
