import { defineFleet } from 'tenantry';

export default defineFleet({
  name: 'signup',
  plans: { free: { region: 'aws-us-east-1', compute: { maxCu: 0.25 } } },
  migrations: 'migrations',
});
