import { defineFleet } from '../../tenancy/fleet.js';

/** Nothing of the emulator's own costs the copies time: no log is archived, and no compute goes to sleep. */
export default defineFleet({
  name: 'bench-moves',
  defaultPlan: 'bench',
  plans: {
    bench: { region: 'aws-us-east-1', compute: { suspendAfterSeconds: -1 }, historyRetentionSeconds: 0 },
  },
  migrations: 'migrations',
});
