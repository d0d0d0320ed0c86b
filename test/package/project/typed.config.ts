import { defineFleet, type FleetDefinition } from 'tenantry';

const definition: FleetDefinition = { name: 'stranger', plans: { free: { region: 'aws-us-east-1' } } };
export default defineFleet(definition);
