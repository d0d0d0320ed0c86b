import { afterEach, describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../tenancy/environment.js';
import { readWorkerConfiguration, slotsOf } from '../../worker/configuration.js';
import { catalogConnections, defaultSlots } from '../../worker/slots.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry | undefined;

afterEach(async () => {
  await t?.stop();
  t = undefined;
});

const needed = {
  NEON_API_KEY: 'key',
  TENANTRY_CATALOG_URL: 'postgresql://user:password@localhost/catalog',
  TENANTRY_SEAL_KEY: `test:${Buffer.alloc(32).toString('base64')}`,
  TENANTRY_CONFIG: 'tenantry.config.ts',
};

describe('how much a worker does at once', () => {
  it('is what its environment says, and sensible where that says nothing', () => {
    expect(slotsOf(readWorkerConfiguration(needed))).toEqual(defaultSlots);
    const set = {
      TENANTRY_HEAVY_SLOTS: '1',
      TENANTRY_CODE_SLOTS: '2',
      TENANTRY_STEP_SLOTS: '3',
      TENANTRY_NEON_SLOTS: '4',
      TENANTRY_CONSUMPTION_SLOTS: '9',
      TENANTRY_OWN_SLOTS: '5',
      TENANTRY_LOCAL_SLOTS: '6',
      TENANTRY_WORKFLOW_SLOTS: '7',
      TENANTRY_CACHED_WORKFLOWS: '8',
    };
    const slots = {
      ...{ heavy: 1, code: 2, steps: 3, neon: 4, consumption: 9 },
      ...{ own: 5, local: 6, workflows: 7, cached: 8 },
    };
    expect(slotsOf(readWorkerConfiguration({ ...needed, ...set }))).toEqual(slots);
    expect(catalogConnections(slots)).toBe(1 + 2 + 3 + 4 + 9 + 6 + 1);
  });

  it('is at least one of each', () => {
    expect(() => readWorkerConfiguration({ ...needed, TENANTRY_HEAVY_SLOTS: '0' })).toThrow(EnvironmentError);
  });

  it('holds for hooks, of which no more run at the same moment', async () => {
    let running = 0;
    let most = 0;
    t = await startTenantry({
      fleet: {
        hooks: {
          async onboarded() {
            running += 1;
            most = Math.max(most, running);
            await new Promise((resolve) => setTimeout(resolve, 200));
            running -= 1;
          },
        },
      },
    });
    const onlyOne = { activities: {}, slots: { ...defaultSlots, code: 1 } };
    await t.startWorker(onlyOne);
    const handles = await Promise.all(['a', 'b', 'c'].map((id) => t?.tenantry.start.onboard({ id })));
    await Promise.all(handles.map((handle) => handle?.result()));
    expect(most).toBe(1);
  });
});
