import { defineFleet } from '../../tenancy/fleet.js';

const plain = { region: 'aws-us-east-1', compute: { maxCu: 0.25 } } as const;

/** Two plans that differ in nothing but the pool. */
export default defineFleet({
  name: 'bench-pool',
  defaultPlan: 'plain',
  plans: { plain, pooled: { ...plain, pool: { size: 20, refill: 2 } } },
  migrations: 'migrations',
});
