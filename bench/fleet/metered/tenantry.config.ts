import { defineFleet } from '../../../tenancy/fleet.js';

const dayMs = 86_400_000;

/** Its tenants are made by SQL, at its newest migration. What reads their usage and compares them is triggered by hand. */
export default defineFleet({
  name: 'bench-metered',
  defaultPlan: 'bench',
  plans: { bench: { region: 'aws-us-east-1', budget: { usd: 1_000 } } },
  metering: { neonPlan: 'scale' },
  timings: { meter: dayMs, reconcile: dayMs, reconcileAge: 1 },
});
