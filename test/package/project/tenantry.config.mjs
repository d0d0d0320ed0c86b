import { defineFleet } from 'tenantry';

export default defineFleet({
  name: 'stranger',
  plans: { free: { region: 'aws-us-east-1' } },
  migrations: 'migrations',
});
