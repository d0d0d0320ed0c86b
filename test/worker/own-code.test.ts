import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTenantry } from '../../client/index.js';
import { historyText } from '../support/history-text.js';
import { more } from '../support/long-form.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

const besides = (file: string) => fileURLToPath(new URL(`./own-code/${file}`, import.meta.url));
const workflowsPath = besides('workflows.ts');

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

describe("a worker with the user's own code", () => {
  it('runs their workflows and activities beside ours', async () => {
    await t.startWorker({ workflowsPath, activities: { welcome: async (id: string) => `welcome, ${id}` } });
    const said = await t.temporal.workflow.execute('signUp', {
      workflowId: `sign-up/${t.fleet.name}/acme`,
      taskQueue: t.taskQueue,
      args: [t.fleet.name, 'acme'],
    });
    const tenant = await t.tenantry.get('acme');
    expect(tenant?.state).toBe('ready');
    expect(said).toBe(`welcome, acme in ${tenant?.projectId}`);
  });

  more('passes on their interceptors, converter, codec and tuning, as a client does', async () => {
    const attempts: string[] = [];
    const started: string[] = [];
    const reversed: PayloadCodec = {
      encode: async (payloads) =>
        payloads.map((payload) => ({ ...payload, data: payload.data?.toReversed() ?? null })),
      decode: async (payloads) =>
        payloads.map((payload) => ({ ...payload, data: payload.data?.toReversed() ?? null })),
    };
    const dataConverter = {
      payloadConverterPath: besides('payload-converter.cjs'),
      payloadCodecs: [reversed],
    };
    await t.startWorker({
      workflowsPath,
      activities: { welcome: async (id: string) => `welcome, ${id}` },
      dataConverter,
      interceptors: {
        workflowModules: [besides('workflow-interceptors.ts')],
        activity: [
          ({ info }) => ({
            inbound: {
              async execute(input, next) {
                attempts.push(info.activityType);
                // What is thrown here is one of the closed set, and tried again.
                if (attempts.length === 1) throw new Error('not yet');
                return next(input);
              },
            },
          }),
        ],
      },
      tuning: { identity: 'worker of the test' },
    });
    const { tenantry, close } = await connectTenantry(t.fleet, t.environment, {
      dataConverter,
      interceptors: {
        workflow: [
          {
            async startWithDetails(input, next) {
              started.push(input.workflowType);
              return next(input);
            },
          },
        ],
      },
    });
    try {
      const handle = await tenantry.start.onboard({ id: 'acme' });
      expect(await handle.result()).toMatchObject({ state: 'ready' });
      expect(started).toEqual(['onboardTenant']);
      expect(attempts.slice(0, 2)).toEqual(['beginOnboarding', 'beginOnboarding']);
      const history = await historyText(t.temporal, handle);
      for (const written of ['made-by', 'worker of the test']) expect(history).toContain(written);
      expect(history).not.toContain('"id":"acme"');
      expect(history).toContain('"emca":"di"');
    } finally {
      await close();
    }
    const temporal = new Client({ connection: t.temporal.connection, dataConverter });
    const said = await temporal.workflow.execute('signUp', {
      workflowId: `sign-up/${t.fleet.name}/globex`,
      taskQueue: t.taskQueue,
      args: [t.fleet.name, 'globex'],
    });
    expect(said).toMatch(/^welcome, globex in .*, and came by$/);
  });

  it('does activities on a queue of their own, so many at once', async () => {
    let under = 0;
    let most = 0;
    const linger = async () => {
      most = Math.max(most, ++under);
      // The first one waits until there is a second, on however busy a machine.
      for (const deadline = Date.now() + 5_000; most < 2 && Date.now() < deadline; ) await sleep(5);
      await sleep(20);
      under -= 1;
    };
    await t.startWorker({ workflowsPath, queues: { slow: { activities: { linger }, slots: 2 } } });
    const { temporal, taskQueue, close } = await connectTenantry(t.fleet, t.environment);
    try {
      await temporal.workflow.execute('lingeringElsewhere', {
        workflowId: `lingering/${t.fleet.name}`,
        taskQueue,
        args: [6],
      });
    } finally {
      await close();
    }
    expect(most).toBe(2);
    const queues = { neon: { activities: { linger }, slots: 1 } };
    await expect(t.startWorker({ workflowsPath, queues })).rejects.toThrow('yours need others: neon');
    const ours = { slow: { activities: { verifyAppRole: async () => {} }, slots: 1 } };
    await expect(t.startWorker({ workflowsPath, queues: ours })).rejects.toThrow(
      'yours need others: verifyAppRole',
    );
  });

  it('refuses an activity of theirs that would take the place of one of ours', async () => {
    const activities = { verifyAppRole: async () => {} };
    await expect(t.startWorker({ workflowsPath, activities })).rejects.toThrow(
      'yours need others: verifyAppRole',
    );
  });
});
