import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Hooks } from '../../tenancy/hooks.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { firstOf } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

/** What a test's hooks do. */
let hooks: Partial<Hooks>;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      hooks: {
        onboarded: async (...of) => hooks.onboarded?.(...of),
        suspended: async (...of) => hooks.suspended?.(...of),
      },
      timings: { ...quickTimings, hookDeadline: 3_000 },
    },
  });
  await t.startWorker();
});

afterAll(() => t.stop());

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
  hooks = {};
});

describe('the hook "onboarded"', () => {
  it('works in the database before the tenant is ready, as the owner and as the app, under one key in every attempt', async () => {
    const keys: string[] = [];
    hooks = {
      async onboarded(tenant, db) {
        keys.push(tenant.idempotencyKey);
        await db.asOwner((client) => client.query('create table if not exists welcome (who text)'));
        if (keys.length === 1) throw new Error('the mail server is away');
        await db.asApp((client) => client.query('create table if not exists seeded (id int)'));
        await db.asOwner((client) => client.query('insert into welcome values ($1)', [tenant.id]));
      },
    };
    const handle = await t.tenantry.start.onboard({ id: acme });
    await handle.result();
    expect(keys).toEqual([`${handle.runId}/onboarded`, `${handle.runId}/onboarded`]);
    await withClient(await t.tenantry.connectionString(acme), async (client) => {
      expect((await client.query('select * from seeded')).rows).toEqual([]);
    });
    const steps: string[] = [];
    for await (const { name, status } of handle.progress()) if (status === 'done') steps.push(name);
    expect(steps.slice(-2)).toEqual(['call hook "onboarded"', 'publish']);
  });

  it('that fails for good fails the onboarding, which is undone', async () => {
    hooks = {
      async onboarded() {
        throw ApplicationFailure.nonRetryable('no seats left, see postgresql://me:secret@host/db');
      },
    };
    const failing = t.tenantry.execute.onboard({ id: acme });
    await expect(failing).rejects.toMatchObject({
      reason: { type: 'HookFailed', message: 'the hook "onboarded" failed: no seats left, see [address]' },
    });
    expect(await liveProjectsOf(t, acme)).toEqual([]);
  });
});

describe('a hook after a change', () => {
  it('is called once all is done, and what it fails of is noted in the history', async () => {
    const called: string[] = [];
    hooks = {
      async suspended({ id }) {
        called.push(id);
        throw new Error('the billing system is away');
      },
    };
    await t.tenantry.execute.onboard({ id: acme });
    expect(await t.tenantry.execute.suspend(acme)).toMatchObject({ state: 'suspended' });
    expect(called).toContain(acme);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'suspended', failure: undefined });
    expect((await t.tenantry.history(acme)).at(-1)).toMatchObject({
      event: 'noted',
      state: 'suspended',
      detail: { hookFailed: 'the hook "suspended" failed: the billing system is away' },
    });
  });

  it.each(
    firstOf([
      {
        attempts: 'the last of which hung',
        throws: 1,
        told: 'the hook "suspended" failed: the billing system is away',
      },
      {
        attempts: 'the only one of which hung',
        throws: 0,
        told: 'the step "runHook" ran out of time before it could say why',
      },
    ]),
  )('that ran out of time in attempts $attempts tells what is known', async ({ throws, told }) => {
    let called = 0;
    hooks = {
      async suspended({ signal }) {
        called += 1;
        if (called <= throws) throw new Error('the billing system is away');
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    };
    await t.tenantry.execute.onboard({ id: acme });
    await t.tenantry.execute.suspend(acme);
    expect(called).toBe(throws + 1);
    expect((await t.tenantry.history(acme)).at(-1)).toMatchObject({ detail: { hookFailed: told } });
  });
});
