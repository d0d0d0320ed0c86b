import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.js';
import { plainLoop } from '../../bench/onboarding/plain-loop.js';
import { inTurn } from '../../bench/onboarding/ratios.js';
import { stubbedSteps, stubbing } from '../../bench/onboarding/stub.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

/*
 * The short form of `npm run bench`: what an onboarding costs beside the same activities in a plain loop, in the same run. A time
 * says more about the machine than about us, so no time is looked at; a ratio may grow by half before a test fails.
 */
const mayGrowBy = 1.5;

/** As they were when they were last measured, on two busy cores: 0.75 and 3.1 to 3.8. Once they are lower for long, they are lowered here. */
const known = { calls: 1, processorWithStub: 3.5 };

let real: TestTenantry;
let stubbed: TestTenantry;

beforeAll(async () => {
  [real, stubbed] = await Promise.all([startTenantry(), startTenantry()]);
  const inbound = stubbing(stubbedSteps(stubbed.catalog));
  await Promise.all([
    real.startWorker(),
    stubbed.startWorker({ interceptors: { activity: [() => ({ inbound })] } }),
  ]);
});
afterAll(() => Promise.all([real, stubbed].map((t) => t?.stop())));

const dependenciesOf = ({ fleet, catalog, neon }: TestTenantry): Dependencies => ({
  fleet,
  catalog,
  neon,
  runs: { status: async () => 'ended' },
});

async function callsOf(work: () => Promise<unknown>): Promise<number> {
  const before = (await real.emulator.calls()).length;
  await work();
  return (await real.emulator.calls()).length - before;
}

it('an onboarding asks Neon as often as a plain loop does', async () => {
  const loop = plainLoop(dependenciesOf(real), 'free');
  const calls = { ours: 0, loop: 0 };
  for (let run = 0; run < 3; run += 1) {
    calls.ours += await callsOf(() => real.tenantry.execute.onboard({ id: `ours-${run}` }));
    calls.loop += await callsOf(() => loop(`loop-${run}`));
  }
  expect(calls.loop).toBeGreaterThanOrEqual(2 * 3);
  expect(calls.ours / calls.loop).toBeLessThan(known.calls * mayGrowBy);
});

it('the durability of an onboarding costs as much processor time as it did', async () => {
  const steps = stubbedSteps(stubbed.catalog);
  const { ours, loop } = await inTurn(
    {
      ours: (id) => stubbed.tenantry.execute.onboard({ id }),
      loop: plainLoop(dependenciesOf(stubbed), 'free', steps),
    },
    10,
  );
  expect(ours.processorMs / loop.processorMs).toBeLessThan(known.processorWithStub * mayGrowBy);
});
