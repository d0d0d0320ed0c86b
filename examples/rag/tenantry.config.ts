import path from 'node:path';
import { defineFleet } from 'tenantry';

/** Every workspace has a Postgres of its own, which sleeps when nobody reads. */
export default defineFleet({
  name: 'rag',
  plans: {
    free: {
      region: 'aws-us-east-1',
      compute: { maxCu: 0.25 },
      quota: { computeTimeSeconds: 100 * 3_600, logicalSizeBytes: 500_000_000 },
    },
    team: {
      region: 'aws-us-east-1',
      compute: { maxCu: 2 },
      quota: { logicalSizeBytes: 20_000_000_000 },
    },
  },
  defaultPlan: 'free',
  migrations: path.join(import.meta.dirname, 'migrations'),
  // The tables of vectors and their indexes are the application's own.
  appRole: { ownSchema: 'app' },
});
