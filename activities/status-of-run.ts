import type { TenantKey } from '../catalog/tenant.js';
import { tenantWorkflowId } from '../tenancy/naming.js';
import type { Dependencies } from './dependencies.js';
import type { RunStatus } from './runs.js';

/** What became of a run that had the tenant. It is looked for under the id that it began with: a fleet may name its runs otherwise by now. */
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
