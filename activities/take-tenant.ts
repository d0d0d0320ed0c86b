import type { Held } from '../catalog/held-tenant.js';
import { failure } from '../tenancy/failures.js';
import type { Dependencies } from './dependencies.js';
import { isRunOpen } from './is-run-open.js';
import type { TenantStep } from './tenant-step.js';

/**
 * Takes a tenant that may be in another run's hands, of an operation that was ended by force: such a one lets go of nothing,
 * so it is over only when Temporal says so. One that is under way keeps the tenant.
 * @param take Tries it, given the run that was seen closed.
 */
export function takeTenant<Taken extends object>(
  dependencies: Pick<Dependencies, 'catalog' | 'runs'>,
  { tenant }: TenantStep,
  take: (seenClosed?: string) => Promise<Taken | Held>,
): Promise<Taken> {
  return take().then(async (first) => {
    if (!isHeld(first)) return first;
    const { runId } = first;
    const held = () =>
      failure('TenantStateConflict', `run ${runId} holds tenant "${tenant.id}", and is under way`);
    if (await isRunOpen(dependencies, tenant, runId)) throw held();
    return take(runId).then((second) => {
      if (isHeld(second)) throw held();
      return second;
    });
  });
}

function isHeld(taking: object): taking is Held {
  return 'kind' in taking && taking.kind === 'held';
}
