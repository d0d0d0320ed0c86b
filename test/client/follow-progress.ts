/* What a second process does in `progress.test.ts`: asks for a tenant, tells its steps, and hangs up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTenantry } from '../../client/index.js';
import { loadFleet } from '../../worker/load-fleet.js';

const [id = '', until] = process.argv.slice(2);
const fleet = await loadFleet(process.env.TENANTRY_CONFIG ?? '');
const { tenantry, close } = await connectTenantry(fleet);
for await (const { name, status } of (await tenantry.start.onboard({ id })).progress()) {
  process.stdout.write(`${name} ${status}\n`);
  if (until === 'the first step') break;
}
await close();
// Whatever would still speak up after the connection is closed has the time to.
await sleep(1_500);
