import type { Catalog } from '../catalog/catalog.js';
import { ErasedTenantError, type Tenant, type TenantKey } from '../catalog/tenant.js';
import { isSettled, transitionOf } from '../tenancy/lifecycle.js';
import { onboardingRefusal, refusal } from '../tenancy/refusal.js';
import { CatalogNotMigratedError, CatalogUnreachableError, TenantStateError } from './errors.js';

export interface BringUp {
  readonly operation: 'onboard' | 'adopt';
  readonly plan: string;
  readonly reuseErased: boolean;
}

/**
 * Throws `TenantStateError` when the catalog shows that a run would be refused, so that no caller believes in an
 * onboarding that cannot begin. An optimization: the run makes the authoritative decision, and is the only one to
 * decide while the catalog is out of reach.
 */
export async function refuseOnboarding(
  catalog: Pick<Catalog, 'tenants'>,
  key: TenantKey,
  asked: BringUp,
): Promise<void> {
  try {
    const tenant = await catalog.tenants.get(key);
    const why = tenant === undefined ? undefined : whyNot(tenant, asked);
    if (tenant !== undefined && why !== undefined)
      throw new TenantStateError(key.id, asked.operation, tenant.state, why);
    if (tenant === undefined && !asked.reuseErased) await catalog.tenants.refuseErased(key);
  } catch (error) {
    if (error instanceof CatalogUnreachableError || error instanceof CatalogNotMigratedError) return;
    throw error instanceof ErasedTenantError
      ? new TenantStateError(key.id, asked.operation, 'none', error.message)
      : error;
  }
}

function whyNot(tenant: Tenant, { operation, plan }: BringUp): string | undefined {
  const { state } = tenant;
  // In a transitional state another run is open; the attempt to start a second one names it.
  if (!isSettled(state) || transitionOf(operation).from.includes(state)) return undefined;
  // A repeated adoption of the project that the tenant already has is fine.
  if (operation === 'adopt') return state === 'offboarded' ? refusal(operation, state) : undefined;
  return state === 'ready' && tenant.plan === plan ? undefined : onboardingRefusal(state, tenant.plan, plan);
}
