/*
 * Draws the picture of `docs/traces.md` from a real trace: `npm run picture:trace`. It starts a stack whose worker and client trace,
 * onboards a tenant, and draws the spans that came to a collector.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectTenantry } from '../../client/index.js';
import { startStack } from '../../local/stack.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { startCollector } from '../../test/support/collector.js';
import { inSpan } from '../../traces/in-span.js';
import { loadFleet } from '../../worker/load-fleet.js';
import { waterfall } from './waterfall.js';

const file = path.join(checkoutRoot, 'docs/images/trace-of-an-onboarding.svg');
const config = path.join(checkoutRoot, 'tenantry.config.ts');
const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-trace-'));
await chmod(stateDir, 0o711);
const collector = await startCollector();
const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
const stack = await startStack({
  toolchain: await findToolchain(),
  stateDir,
  config,
  inherited: { ...process.env, ...tracing },
});
try {
  const { tenantry, close } = await connectTenantry(await loadFleet(config), {
    ...stack.environment,
    ...tracing,
  });
  // The first one pays for what only the first one pays for.
  await tenantry.execute.onboard({ id: 'globex' });
  await inSpan('POST /sign-up', () => tenantry.execute.onboard({ id: 'acme' }));
  await close();
} finally {
  await stack.stop();
  await collector.close();
  await rm(stateDir, { recursive: true, force: true });
}
const request = collector.spans.find(({ name }) => name === 'POST /sign-up');
await writeFile(file, waterfall(collector.spans.filter(({ traceId }) => traceId === request?.traceId)));
console.log(path.relative(checkoutRoot, file));
