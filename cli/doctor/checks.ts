import { backups } from './backups.js';
import { catalog } from './catalog.js';
import { catalogSchema } from './catalog-schema.js';
import type { Check } from './check.js';
import { consumptionPace } from './consumption-pace.js';
import { disk } from './disk.js';
import { environment } from './environment.js';
import { events } from './events.js';
import { fleet } from './fleet.js';
import { metering } from './metering.js';
import { migrations } from './migrations.js';
import { namespace } from './namespace.js';
import { neon } from './neon.js';
import { neonKey } from './neon-key.js';
import { neonLimits } from './neon-limits.js';
import { neonPace } from './neon-pace.js';
import { neonRegions } from './neon-regions.js';
import { plans } from './plans.js';
import { pools } from './pools.js';
import { reconcile } from './reconcile.js';
import { roles } from './roles.js';
import { sealKey } from './seal-key.js';
import { searchAttributes } from './search-attributes.js';
import { sweep } from './sweep.js';
import { temporal } from './temporal.js';
import { workers } from './workers.js';

/** The checks in the order of the report; each comes after those that it needs. */
export const checks: readonly Check[] = [
  environment,
  fleet,
  migrations,
  catalog,
  catalogSchema,
  sealKey,
  roles,
  plans,
  temporal,
  namespace,
  searchAttributes,
  workers,
  sweep,
  reconcile,
  metering,
  backups,
  pools,
  events,
  neon,
  neonKey,
  neonRegions,
  neonLimits,
  neonPace,
  consumptionPace,
  disk,
];
