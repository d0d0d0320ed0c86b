import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fleet } from '../../tenancy/fleet.js';
import { eventually } from '../support/eventually.js';
import { longForm, more } from '../support/long-form.js';
import { freePlan, quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { clientOf, releaseOf, startWorkerOf } from './releases.js';

let t: TestTenantry;
const workers: { readonly stop: () => Promise<void> }[] = [];

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await t.stop();
});

async function start(...fleets: readonly Fleet[]): Promise<void> {
  workers.push(...(await Promise.all(fleets.map((fleet) => startWorkerOf(t, fleet)))));
}

/** Four have two dozen steps, of which neither worker takes none. */
const some = Array.from({ length: longForm ? 8 : 4 }, (_, index) => `tenant-${index}`);
const brief = { ...quickTimings, deployGrace: 400 };
const withTeam = () =>
  releaseOf(t, { plans: { ...t.fleet.plans, team: { ...freePlan, compute: { maxCu: 1 } } } });

/** What the run's steps that are tried again failed of last. */
async function waitingFor({ workflowId, runId }: { workflowId: string; runId: string }): Promise<string> {
  const { raw } = await t.temporal.workflow.getHandle(workflowId, runId).describe();
  return (raw.pendingActivities ?? []).map(({ lastFailure }) => lastFailure?.message ?? '').join('; ');
}

describe('a plan that only the newer of two releases has', () => {
  it('is given to every tenant that asks for it, whichever worker takes which step', async () => {
    const newer = withTeam();
    await start(releaseOf(t, {}), newer);
    const client = clientOf(t, newer);
    const handles = await Promise.all(some.map((id) => client.start.onboard({ id, plan: 'team' })));
    for (const handle of handles) expect(await handle.result()).toMatchObject({ plan: 'team' });
    const changed = await client.start.onboard({ id: 'grown', plan: 'free' });
    await changed.result();
    expect(await client.execute.changePlan('grown', { plan: 'team' })).toMatchObject({
      plan: 'team',
    });
  });

  more('is waited for, aloud, until a worker comes that has it', async () => {
    const newer = withTeam();
    await start(releaseOf(t, {}));
    const handle = await clientOf(t, newer).start.onboard({ id: 'acme', plan: 'team' });
    await eventually('the run says what it waits for', async () =>
      new RegExp(
        `waiting for a worker whose fleet "${t.fleet.name}" has the plan "team", until 20.*; this one has free, pro`,
      ).test(await waitingFor(handle)),
    );
    const told: string[] = [];
    for await (const { status, wait } of handle.progress()) {
      if (wait === undefined) continue;
      expect(status).toBe('running');
      if (wait.type !== 'UnknownPlan') continue;
      told.push(wait.reason);
      if (told.length === 1) await start(newer);
    }
    expect(told[0]).toMatch(/^waiting for a worker whose fleet .* has the plan "team"/);
    expect(await handle.result()).toMatchObject({ plan: 'team' });
  });

  it('that no worker gets in time fails the run, which says what to deploy, and leaves nothing', async () => {
    await start(releaseOf(t, { timings: brief }));
    const handle = await clientOf(t, withTeam()).start.onboard({ id: 'acme', plan: 'team' });
    await expect(handle.result()).rejects.toMatchObject({
      reason: {
        type: 'UnknownPlan',
        message: expect.stringMatching(/has the plan "team" did not come within 0\.4 s\. Deploy one, or, if/),
      },
    });
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'failed', failure: { type: 'UnknownPlan' } });
    expect(await t.emulator.liveProjects()).toEqual([]);
  });
});

describe('a plan that no worker has, of a fleet that encrypts its payloads', () => {
  /** An onboarding on a plan that the one worker lacks, which is waited for so long. */
  async function onboardedWithin(deployGrace: number) {
    await t.stop();
    const fleet = { encryptPayloads: true, timings: { ...quickTimings, deployGrace } };
    t = await startTenantry({ fleet });
    await start(releaseOf(t, fleet));
    const { plans } = withTeam();
    return clientOf(t, releaseOf(t, { ...fleet, plans })).start.onboard({ id: 'acme', plan: 'team' });
  }

  it('is waited for no longer', async () => {
    const handle = await onboardedWithin(400);
    await expect(handle.result()).rejects.toMatchObject({ reason: { type: 'UnknownPlan' } });
  });

  it('is told to the client in plain words', async () => {
    const handle = await onboardedWithin(60_000);
    const told: string[] = [];
    for await (const { wait } of handle.progress()) {
      if (wait?.type !== 'UnknownPlan') continue;
      told.push(wait.reason);
      await handle.cancel();
    }
    expect(told[0]).toMatch(/^waiting for a worker whose fleet .* has the plan "team"/);
  });
});

describe('a hook that only one of two releases has', () => {
  it('is called for every tenant that the release with it asks for, whichever worker begins the run', async () => {
    const called: string[] = [];
    const onboarded = async ({ id }: { readonly id: string }) => {
      called.push(id);
    };
    const newer = releaseOf(t, { hooks: { onboarded } });
    await start(releaseOf(t, {}), newer);
    const client = clientOf(t, newer);
    const handles = await Promise.all(some.map((id) => client.start.onboard({ id })));
    await Promise.all(handles.map((handle) => handle.result()));
    expect(called.sort()).toEqual(some);
  });

  it('is called for none that the other release asks for, and the history of those says so where a worker knew', async () => {
    const called: string[] = [];
    const suspended = async ({ id }: { readonly id: string }) => {
      called.push(id);
    };
    const older = releaseOf(t, {});
    await start(releaseOf(t, { hooks: { suspended } }));
    const client = clientOf(t, older);
    await client.execute.onboard({ id: 'acme' });
    await client.execute.suspend('acme');
    expect(called).toEqual([]);
    expect((await client.history('acme')).map(({ event, detail }) => [event, detail])).toContainEqual([
      'noted',
      { hookNotCalled: 'the release that asked for this has no hook "suspended", and the worker\'s has' },
    ]);
  });

  more(
    'that was taken out while a run still wants it fails what it belongs to, and is noted where that is done',
    async () => {
      const nothing = async () => {};
      await start(releaseOf(t, { timings: brief }));
      const client = clientOf(t, releaseOf(t, { hooks: { onboarded: nothing, suspended: nothing } }));
      await expect(client.execute.onboard({ id: 'acme' })).rejects.toMatchObject({
        reason: {
          type: 'UnknownHook',
          message: expect.stringMatching(
            /has the hook "onboarded" did not come within .* Deploy one, or, if it was taken out, put it back until/,
          ),
        },
      });
      expect(await t.emulator.liveProjects()).toEqual([]);

      await t.tenantry.execute.onboard({ id: 'acme' });
      expect(await client.execute.suspend('acme')).toMatchObject({ state: 'suspended' });
      expect((await client.history('acme')).at(-1)).toMatchObject({
        event: 'noted',
        detail: { hookFailed: expect.stringContaining('has the hook "suspended" did not come within') },
      });
    },
  );
});
