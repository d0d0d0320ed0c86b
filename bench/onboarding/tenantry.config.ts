import { defineFleet } from '../../tenancy/fleet.js';

const dayMs = 86_400_000;

/** Durations are as they are by default, but for the sweep: it would take a loop's tenant for one whose run has died. */
export default defineFleet({
  name: 'bench',
  defaultPlan: 'bench',
  plans: { bench: { region: 'aws-us-east-1', compute: { maxCu: 0.25 } } },
  migrations: 'migrations',
  timings: { sweep: dayMs },
});
