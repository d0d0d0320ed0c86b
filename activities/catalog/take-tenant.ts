import type { Held } from '../../catalog/held-tenant.js';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { statusOfRun } from '../status-of-run.js';
import type { TenantInput } from '../tenant-input.js';

/**
 * Claims a tenant that another run may still hold although it was terminated: a terminated run releases
 * nothing, so only Temporal can tell that it is over. A run that is under way keeps the tenant.
 * @param take Tries to claim, given the id of the run that has closed.
 * @param overSucceeded Whether to claim even if that run has succeeded and the catalog does not know of it,
 * which means that the catalog is older than the run.
 */
export function takeTenant<Taken extends object>(
  dependencies: Pick<Dependencies, 'catalog' | 'runs'>,
  { tenant }: TenantInput,
  take: (seenClosed?: string) => Promise<Taken | Held>,
  { overSucceeded = true }: { readonly overSucceeded?: boolean } = {},
): Promise<Taken> {
  return take().then(async (first) => {
    if (!isHeld(first)) return first;
    const { runId } = first;
    const held = () =>
      failure('TenantStateConflict', `run ${runId} holds tenant "${tenant.id}", and is under way`);
    const status = await statusOfRun(dependencies, tenant, runId);
    if (status === 'open') throw held();
    if (status === 'succeeded' && !overSucceeded) throw olderCatalog(tenant.id, runId);
    return take(runId).then((second) => {
      if (isHeld(second)) throw held();
      return second;
    });
  });
}

function olderCatalog(id: string, runId: string) {
  return failure(
    'TenantStateConflict',
    `run ${runId} onboarded tenant "${id}", and the catalog does not know it: it was restored from an older backup. The project is kept; docs/production.md says how the tenant gets it back`,
  );
}

function isHeld(taking: object): taking is Held {
  return 'kind' in taking && taking.kind === 'held';
}
