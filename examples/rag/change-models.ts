// Changes every workspace to the model that the workers' environment names, and says how far it is. Until it has ended, the
// workers and the servers need the former model too: RAG_FORMER_EMBEDDINGS.
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTenantry } from 'tenantry/client';
import { startModelChanges } from './documents/ask-for-models.js';
import fleet from './tenantry.config.js';

const { close, ...workers } = await connectTenantry(fleet);
const changes = await startModelChanges(workers);
let ended = false;
const end = changes.result().finally(() => {
  ended = true;
});
for (let said = ''; !ended; await sleep(1_000)) {
  const { done, of } = await changes.query<{ done: number; of: number }, []>('progress');
  const progress = `${done} of ${of} workspaces`;
  if (progress !== said) console.log(progress);
  said = progress;
}
await end;
await close();
