import type { TenantPool } from 'tenantry/client';
import type { Limits } from '../documents/limits.js';
import type { Embedders } from '../embeddings/embedders.js';

/** What the activities work with. */
export interface Dependencies {
  /** The workspace's database, as its limited role. */
  pool(tenantId: string): Promise<TenantPool>;
  /** Throws unless tables may be made now: a move compares the workspace with its copy. */
  requireSettled(tenantId: string): Promise<void>;
  /** What the workspace may hold. */
  limits(tenantId: string): Promise<Limits>;
  readonly embedders: Embedders;
  /** Of so many vectors on, search needs an index. @default 20,000 */
  readonly indexAbove?: number;
}
