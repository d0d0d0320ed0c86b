// Changes every workspace to the model that the workers' environment names, and says how far it is. Until it has ended, the
// workers and the servers need the former model too: RAG_FORMER_EMBEDDINGS.
import { connectTenantry } from 'tenantry/client';
import { startModelChanges } from './documents/ask-for-models.js';
import fleet from './tenantry.config.js';

const { tenantry, close } = await connectTenantry(fleet);
const rollout = await startModelChanges(tenantry);
console.log(`rollout ${rollout.id}`);
for await (const { state, counts, trouble } of rollout.follow()) {
  const { succeeded, running, waiting, failed, skipped } = counts;
  const told = `${state}: ${succeeded} changed, ${running} under way, ${waiting} waiting, ${failed} failed, ${skipped} skipped`;
  console.log(trouble === undefined ? told : `${told}: ${trouble}`);
}
for await (const { tenantId, state, reason } of rollout.report({ states: ['failed', 'skipped'] }))
  console.log(`${tenantId} ${state}: ${reason?.message}`);
await close();
