import type { Fleet } from './fleet.js';
import { tenantDigest } from './naming.js';
import { type AttributeNames, ownAttributeNames } from './search-attributes.js';
import type { TenantId } from './tenant-id.js';

/**
 * What a run shows of its tenant where no codec reaches: its id, its search attributes. A run's input has only the
 * deviations from the defaults.
 */
export interface Visibility {
  /** What identifies the tenant. @default the id */
  readonly tenant?: string;
  /** The search attributes that the fleet has renamed. */
  readonly attributes?: Partial<AttributeNames>;
}

/**
 * @param installation Its id, which is the key of the digest: somebody who can read Temporal does not have it, and
 * cannot guess ids.
 */
export async function visibilityOf(
  fleet: Pick<Fleet, 'name' | 'visibleTenant' | 'searchAttributes'>,
  id: TenantId,
  installation: () => Promise<string>,
): Promise<Visibility | undefined> {
  const attributes = ownAttributeNames(fleet.searchAttributes);
  const isDigest = fleet.visibleTenant === 'digest';
  if (!isDigest && attributes === undefined) return undefined;
  return {
    ...(isDigest && { tenant: tenantDigest(await installation(), fleet.name, id) }),
    ...(attributes && { attributes }),
  };
}
