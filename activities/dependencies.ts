import type { Catalog } from '../catalog/catalog.js';
import type { NeonClient } from '../neon/neon-client.js';
import type { Fleet } from '../tenancy/fleet.js';
import type { OperationObserver } from './observed-operation.js';
import type { Runs } from './runs.js';

/** What activities work with. The worker makes it once; tests make their own. */
export interface Dependencies {
  readonly fleet: Fleet;
  readonly neon: NeonClient;
  readonly catalog: Catalog;
  readonly runs: Runs;
  /** The folder that exports of tenants' databases are written to; without it there are none. */
  readonly exportDir?: string | undefined;
  /** Called with each operation that this worker brings to its end. */
  readonly observeOperation?: OperationObserver | undefined;
}
