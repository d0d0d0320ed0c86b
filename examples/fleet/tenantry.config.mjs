import { defineFleet } from 'tenantry';

export default defineFleet({
  name: 'notes',
  plans: { free: { region: 'aws-us-east-1', compute: { maxCu: 0.25 } } },
  // The example writes new migrations as it goes, into a folder of its own.
  migrations: process.env.NOTES_MIGRATIONS ?? 'migrations',
});
