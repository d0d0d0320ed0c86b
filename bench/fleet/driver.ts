/*
 * Starts a rollout and follows it to its end, as a backend would; what it follows with may go away in between. Each line that it
 * prints is JSON: the rollout's id first, then each change.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTenantry } from '../../client/index.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { loadFleet } from '../../worker/load-fleet.js';

const fleet = await loadFleet(`${checkoutRoot}/bench/fleet/tenantry.config.ts`);
const { tenantry, close } = await connectTenantry(fleet);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const { id } = await tenantry.fleet.start({ verb: 'migrate', parallel: Number(process.env.PARALLEL) });
say({ id });
for (let state = 'running'; state === 'running'; ) {
  try {
    for await (const status of (await tenantry.fleet.get(id)).follow()) {
      state = status.state;
      say({ state, counts: status.counts });
    }
  } catch (error) {
    say({ lost: error instanceof Error ? error.message : String(error) });
    await sleep(500);
  }
}
await close();
