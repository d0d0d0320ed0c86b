import type { TenantKey } from '../catalog/tenant.js';
import { tenantWorkflowId } from '../tenancy/naming.js';
import type { Dependencies } from './dependencies.js';
import type { RunStatus } from './runs.js';

/**
 * The status of a run that held the tenant. It is looked up under the workflow id that it began with, because
 * the fleet may name its runs differently by now.
 */
export async function statusOfRun(
  {
    catalog,
    runs,
  }: Pick<Dependencies, 'runs'> & { readonly catalog: Pick<Dependencies['catalog'], 'history'> },
  tenant: TenantKey,
  runId: string,
): Promise<RunStatus> {
  const began = await catalog.history.beginning(tenant, runId);
  return runs.status(began?.workflowId ?? tenantWorkflowId(tenant.fleet, tenant.id), runId);
}
