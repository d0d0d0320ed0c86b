import { TenantNotFoundError, TenantNotReadyError, type TenantryClient } from 'tenantry/client';
import { limitsOf } from '../documents/limits.js';
import type { Embedders } from '../embeddings/embedders.js';
import type { Dependencies } from './dependencies.js';

type Tenants = Pick<TenantryClient, 'pool' | 'get'>;

/** Each workspace is a tenant, and its plan says what it may hold. */
export function dependenciesOf(tenantry: Tenants, embedders: Embedders): Dependencies {
  const known = async (tenantId: string) => {
    const tenant = await tenantry.get(tenantId);
    if (tenant === undefined) throw new TenantNotFoundError(tenantId);
    return tenant;
  };
  return {
    embedders,
    pool: (tenantId) => tenantry.pool(tenantId),
    limits: async (tenantId) => limitsOf((await known(tenantId)).plan),
    async requireSettled(tenantId) {
      const { state } = await known(tenantId);
      if (state !== 'ready') throw new TenantNotReadyError(tenantId, state);
    },
  };
}
