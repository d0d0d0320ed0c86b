import { defineFleet } from '../../tenancy/fleet.js';

/** The fleet of the recorded runs: every kind of wait is in them, and none takes long. */
export default defineFleet({
  name: 'recorded',
  defaultPlan: 'free',
  plans: {
    free: { region: 'aws-us-east-1', backups: {}, compute: { maxCu: 0.25 } },
    // Full before anything else begins, and taken from by nobody.
    ahead: { region: 'aws-us-east-1', pool: { size: 1 } },
    pro: { region: 'aws-us-east-1', backups: {}, compute: { maxCu: 2 }, historyRetentionSeconds: 604_800 },
  },
  migrations: '../../migrations',
  metering: { neonPlan: 'launch' },
  timings: {
    neonCall: 10_000,
    rotationOverlap: 500,
    offboardingGrace: 2_000,
    moveGrace: 5_000,
    sweep: 1_000,
  },
});
