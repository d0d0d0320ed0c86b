import path from 'node:path';
import type { Dependencies } from '../../activities/dependencies.js';
import { type Catalog, openCatalog } from '../../catalog/catalog.js';
import { catalogEnvironment } from '../../catalog/environment.js';
import { createNeonClient } from '../../neon/neon-client.js';
import { readEnvironment } from '../../tenancy/environment.js';
import { loadFleet } from '../../worker/load-fleet.js';

type Environment = Readonly<Record<string, string | undefined>>;

export const fleetFile = path.join(import.meta.dirname, 'tenantry.config.ts');

export function catalogFrom(environment: Environment): Catalog {
  const read = readEnvironment(catalogEnvironment, environment);
  return openCatalog({ url: read.TENANTRY_CATALOG_URL, sealKeys: read.TENANTRY_SEAL_KEY });
}

/** What activities work with, in a process that is no worker of ours. */
export async function dependenciesFrom(environment: Environment): Promise<Dependencies> {
  return {
    fleet: await loadFleet(fleetFile),
    catalog: catalogFrom(environment),
    neon: createNeonClient({
      apiKey: environment.NEON_API_KEY ?? '',
      host: environment.NEON_API_HOST ?? '',
    }),
    // Nobody else holds a tenant here.
    runs: { status: async () => 'ended' },
  };
}
