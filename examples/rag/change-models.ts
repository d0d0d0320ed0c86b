// Changes every workspace to the model that the workers' environment names, and says how far it is. It exits with 0 where each of them has
// it, with 3 where some were skipped and are to have it later, and else with 1. Until it has ended, the workers and the servers need the
// former model too: RAG_FORMER_EMBEDDINGS.
import { connectTenantry, type Rollout } from 'tenantry/client';
import { exitCodeOf, startModelChanges } from './documents/ask-for-models.js';
import fleet from './tenantry.config.js';

const { tenantry, close } = await connectTenantry(fleet);
try {
  const rollout = await startModelChanges(tenantry);
  console.log(`rollout ${rollout.id}`);
  let last: Rollout | undefined;
  for await (const status of rollout.follow()) {
    console.log(progressLine(status));
    last = status;
  }
  for await (const { tenantId, state, reason } of rollout.report({ states: ['failed', 'skipped'] }))
    console.log(`${tenantId} ${state}: ${reason?.message}`);
  process.exitCode = exitCodeOf(last ?? (await rollout.status()));
} finally {
  await close();
}

function progressLine({ state, counts, trouble }: Rollout): string {
  const { succeeded, running, waiting, failed, skipped } = counts;
  const told = `${state}: ${succeeded} changed, ${running} under way, ${waiting} waiting, ${failed} failed, ${skipped} skipped`;
  return trouble === undefined ? told : `${told}: ${trouble}`;
}
