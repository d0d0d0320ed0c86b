import { defineFleet } from './tenancy/fleet.js';

/** The fleet that the demo and the command line use in this checkout. */
export default defineFleet({
  name: 'demo',
  defaultPlan: 'free',
  plans: {
    free: {
      region: 'aws-us-east-1',
      compute: { minCu: 0.25, maxCu: 0.25, suspendAfterSeconds: 300 },
      quota: { activeTimeSeconds: 360_000, logicalSizeBytes: 536_870_912 },
    },
    pro: {
      region: 'aws-us-east-1',
      compute: { minCu: 0.25, maxCu: 2 },
      historyRetentionSeconds: 604_800,
    },
  },
  migrations: 'migrations',
  // A laptop's Neon answers in milliseconds, and a worker that was killed is taken over from sooner.
  timings: { neonCall: 10_000 },
});
