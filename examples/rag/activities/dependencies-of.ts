import {
  TenantNotFoundError,
  TenantNotReadyError,
  type TenantryClient,
  type TenantState,
} from 'tenantry/client';
import { limitsOf } from '../documents/limits.js';
import type { Embedders } from '../embeddings/embedders.js';
import type { Dependencies } from './dependencies.js';

/** In these somebody can connect. */
const awake: readonly TenantState[] = ['ready', 'updating', 'moving', 'restoring'];
/** In these somebody will again. */
const asleep: readonly TenantState[] = ['suspended', 'suspending', 'resuming', 'repairing'];

const pageSize = 100;

type Tenants = Pick<TenantryClient, 'pool' | 'get' | 'list' | 'count'>;

/** Each workspace is a tenant, and its plan says what it may hold. */
export function dependenciesOf(tenantry: Tenants, embedders: Embedders): Dependencies {
  const where = { state: [...awake, ...asleep] };
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
    async workspaces(after) {
      const [of, { tenants, next }] = await Promise.all([
        tenantry.count({ where }),
        tenantry.list({ where, limit: pageSize, ...(after === undefined ? {} : { after }) }),
      ]);
      return {
        of,
        next,
        workspaces: tenants.map(({ id, state }) => ({ tenantId: id, awake: awake.includes(state) })),
      };
    },
  };
}
