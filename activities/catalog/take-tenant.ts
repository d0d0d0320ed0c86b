import type { Held } from '../../catalog/held-tenant.js';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { statusOfRun } from '../status-of-run.js';
import type { TenantInput } from '../tenant-input.js';

/**
 * Takes a tenant that may be in another run's hands, of an operation that was ended by force: such a one lets go of nothing,
 * so it is over only when Temporal says so. One that is under way keeps the tenant.
 * @param take Tries it, given the run that was seen closed.
 * @param overSucceeded Whether that run may have succeeded, which the catalog knows nothing of: then it is older than the run.
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
