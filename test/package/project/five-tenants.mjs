import { connectTenantry } from 'tenantry/client';
import { startTestStack } from 'tenantry/testing';
import fleet from './tenantry.config.mjs';

const stack = await startTestStack();
const { tenantry, close } = await connectTenantry(fleet, stack.environment);

async function onboard(id) {
  const handle = await tenantry.start.onboard({ id });
  for await (const { name, status } of handle.progress()) console.log(`${id} | ${name} | ${status}`);
  await handle.result();
}

try {
  await Promise.all(['ada', 'blaise', 'charles', 'donald', 'edsger'].map(onboard));
} finally {
  await close();
  await stack.stop();
}
