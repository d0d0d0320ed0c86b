import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atStep, moveHeldInCopy } from '../operations/moving.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import {
  atRest,
  connects,
  cutOffAt,
  ownerOf,
  quotaOf,
  readyTenant,
  setQuota,
  terminate,
  writes,
} from './cut-off.js';

let t: TestTenantry;

const plans = {
  free: { region: 'aws-us-east-1', compute: { maxCu: 0.25 }, quota: { activeTimeSeconds: 100_000 } },
} as const;

beforeAll(async () => {
  t = await startTenantry({ fleet: { plans, timings: { ...quickTimings, createGrace: 1_500 } } });
  await t.startWorker();
});

afterAll(() => t.stop());

const settings = { method: 'PATCH', path: '/projects/*' } as const;
const unknownSnapshot = { to: { snapshot: 'no-such' } } as const;

const failure = (type: string) => ({ reason: { type } });
const cancelled = { code: 'OPERATION_CANCELLED' };

describe('an operation that begins where another was cut off', () => {
  it('and is cancelled, leaves the tenant as it last was: a resumption after half a suspension lets it in', async () => {
    const connection = await readyTenant(t, 'half-suspended');
    await cutOffAt(t, 'half-suspended', settings, () => t.tenantry.start.suspend('half-suspended'));
    const held = await t.emulator.addFault({
      match: { ...settings, times: 1 },
      effect: { kind: 'hold-before-apply' },
    });
    const resuming = await t.tenantry.start.resume('half-suspended');
    await held.struck();
    await resuming.cancel();
    await held.lift();
    await expect(resuming.result()).rejects.toMatchObject(cancelled);
    expect(await t.tenantry.get('half-suspended')).toMatchObject({ state: 'ready' });
    expect(await writes(connection)).toBe(true);
  });

  more(
    'and fails, leaves the tenant as it last was: a suspension after half a resumption shuts it out',
    async () => {
      const connection = await readyTenant(t, 'half-resumed');
      await t.tenantry.execute.suspend('half-resumed');
      await cutOffAt(t, 'half-resumed', settings, () => t.tenantry.start.resume('half-resumed'));
      await t.emulator.addFault({
        match: { ...settings, times: 1 },
        effect: { kind: 'fail-operation', status: 'error' },
      });
      const suspending = await t.tenantry.start.suspend('half-resumed');
      await expect(suspending.result()).rejects.toMatchObject(failure('NeonOperationFailed'));
      expect(await t.tenantry.get('half-resumed')).toMatchObject({ state: 'suspended' });
      expect(await connects(connection)).toBe(false);
      await t.tenantry.execute.resume('half-resumed');
      expect(await writes(connection)).toBe(true);
    },
  );

  it('opens the writes that half a move has closed', async () => {
    const connection = await readyTenant(t, 'acme');
    const { release } = await moveHeldInCopy(t, connection);
    await terminate(t, 'acme');
    await release();
    expect(await writes(connection)).toBe(false);
    const undoing = await t.tenantry.start.undoMove('acme');
    await expect(undoing.result()).rejects.toMatchObject(failure('RequestUnfit'));
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });
    expect(await writes(connection)).toBe(true);

    // The same by way of an offboarding, which does not care for writes until it is undone.
    const again = await moveHeldInCopy(t, connection);
    await terminate(t, 'acme');
    await again.release();
    await atStep(t, await t.tenantry.start.offboard('acme', { graceMs: 600_000 }), 'wait out the grace');
    const undone = await t.tenantry.execute.undoOffboarding('acme');
    expect(undone).toMatchObject({ undone: true, state: 'ready' });
    expect(await writes(connection)).toBe(true);
  }, 120_000);

  more('gives the published login back that half a restore has taken', async () => {
    await readyTenant(t, 'half-restored');
    await t.tenantry.execute.snapshot('half-restored', { name: 'before' });
    await t.tenantry.execute.rotateCredentials('half-restored', { now: true });
    const connection = await t.tenantry.connectionString('half-restored');
    await cutOffAt(t, 'half-restored', { method: 'POST', path: '/projects/*/snapshots/*/restore' }, () =>
      t.tenantry.start.restore('half-restored', { to: { snapshot: 'before' } }),
    );
    expect(await connects(connection)).toBe(false);
    const restoring = await t.tenantry.start.restore('half-restored', unknownSnapshot);
    await expect(restoring.result()).rejects.toMatchObject(failure('RequestUnfit'));
    expect(await t.tenantry.get('half-restored')).toMatchObject({ state: 'ready' });
    expect(await writes(connection)).toBe(true);
  });

  more("fetches the owner's credential again that half a rotation has changed", async () => {
    await readyTenant(t, 'half-rotated');
    const reset = { method: 'POST', path: '/projects/*/branches/*/roles/*/reset_password' };
    await cutOffAt(t, 'half-rotated', reset, () =>
      t.tenantry.start.rotateCredentials('half-rotated', { owner: true, now: true }),
    );
    expect(await connects(await ownerOf(t, 'half-rotated'))).toBe(false);
    await t.tenantry.execute.snapshot('half-rotated');
    expect(await connects(await ownerOf(t, 'half-rotated'))).toBe(true);

    await cutOffAt(t, 'half-rotated', reset, () =>
      t.tenantry.start.rotateCredentials('half-rotated', { owner: true, now: true }),
    );
    expect(await t.tenantry.execute.suspend('half-rotated')).toMatchObject({
      state: 'suspended',
      loginClosed: true,
    });
  });
});

describe('a suspension', () => {
  it('that was cancelled leaves the tenant let in, though Neon applies its change later still', async () => {
    const connection = await readyTenant(t, 'late');
    const late = await t.emulator.addFault({
      match: { ...settings, times: 1 },
      effect: { kind: 'late-apply' },
    });
    const suspending = await t.tenantry.start.suspend('late');
    await late.struck();
    await suspending.cancel();
    await eventually('the tenant is let in again', () => connects(connection));
    await late.lift();
    await eventually(
      'the late change is in force',
      async () => (await quotaOf(t, 'late')).active_time_seconds === 1,
    );
    await expect(suspending.result()).rejects.toMatchObject(cancelled);
    await atRest(t, 'late');
    expect(await t.tenantry.get('late')).toMatchObject({ state: 'ready' });
    expect(await writes(connection)).toBe(true);
  });

  it('of a tenant over its quota closes the login too, so that the next period does not open it', async () => {
    const connection = await readyTenant(t, 'over-quota');
    await setQuota(t, 'over-quota', { active_time_seconds: 1 });
    await eventually('the quota keeps the tenant out', async () => !(await connects(connection)));
    expect(await t.tenantry.execute.suspend('over-quota')).toMatchObject({ loginClosed: true });
    // What a new period does: nothing of the quota is used yet.
    await setQuota(t, 'over-quota', {});
    expect(await connects(connection)).toBe(false);
    await t.tenantry.execute.resume('over-quota');
    expect(await writes(connection)).toBe(true);
  });
});
