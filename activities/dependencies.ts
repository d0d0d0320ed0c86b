import type { Catalog } from '../catalog/catalog.js';
import type { NeonClient } from '../neon/neon-client.js';
import type { Fleet } from '../tenancy/fleet.js';
import type { OperationDurations } from './neon/operation-durations.js';
import type { OperationObserver } from './observed-operation.js';
import type { Runs } from './runs.js';

/** What activities work with. The worker creates it once; tests create their own. */
export interface Dependencies {
  readonly fleet: Fleet;
  readonly neon: NeonClient;
  readonly catalog: Catalog;
  readonly runs: Runs;
  readonly durations: OperationDurations;
  /** The folder for exports of tenants' databases. @default no exports */
  readonly exportDir?: string | undefined;
  /** Called with each operation that this worker ends. */
  readonly observeOperation?: OperationObserver | undefined;
}
