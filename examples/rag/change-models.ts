// Has every workspace change to the model that the workers have as their newest: `tsx change-models.ts`.
import { connectTenantry } from 'tenantry/client';
import { startModelChanges } from './documents/ask-for-models.js';
import fleet from './tenantry.config.js';

const { temporal, taskQueue, close } = await connectTenantry(fleet);
const { workflowId } = await startModelChanges({ temporal, taskQueue });
console.log(`${workflowId} is under way. The operator's page shows how far each workspace is.`);
await close();
