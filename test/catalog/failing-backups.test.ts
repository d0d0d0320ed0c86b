import { describe, expect, it } from 'vitest';
import { backupTroubles } from '../../client/backup-troubles.js';
import { defineFleet } from '../../tenancy/fleet.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { testCatalog } from './test-catalog.js';

const test = testCatalog();
const hour = 3_600_000;
const lookMs = hour / 4;
const region = 'aws-us-east-1';
const fleet = defineFleet({
  name: 'failing',
  plans: { backed: { region, backups: { every: 4 * hour, keep: 3 } }, bare: { region } },
  defaultPlan: 'backed',
});
const policies = [['backed', { every: 4 * hour, keep: 3 }]] as const;

const ready = (id: string, plan = 'backed') =>
  test.rows(
    `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id, backed_up_at)
     values ($1, $2, 'ready', 'ready', $3, $2, 'run', now() - interval '5 hours')`,
    [fleet.name, id, plan],
  );
const isDue = async (id: string) =>
  (await test.catalog.backups.due(fleet.name, policies, { limit: 100, lookMs })).some(
    ({ tenantId }) => tenantId === id,
  );
const minutesPass = (id: string, minutes: number) =>
  test.rows(
    `update tenantry.tenants set backup_failed_at = backup_failed_at - make_interval(mins => $2) where id = $1`,
    [id, minutes],
  );
const troubles = async () => (await backupTroubles(test.catalog, fleet)).map(({ since: _, ...told }) => told);

let runs = 0;
async function fails(id: string, asked: object): Promise<void> {
  runs += 1;
  const writer = { fleet: fleet.name, id: tenantIdOf(id), runId: `run-${runs}`, workflowId: `tenant/${id}` };
  const { operations } = test.catalog;
  await operations.begin(writer, 'snapshot', { name: `backup-${runs}`, ...asked });
  const reason = { type: 'NeonLimitReached', message: 'snapshots limit exceeded' } as const;
  await operations.fail(writer, 'snapshot', reason, true);
  // Its answer was lost, and the activity says so again.
  await operations.fail(writer, 'snapshot', reason, true);
}

describe('a backup that fails each time', () => {
  it('is tried at the next look, and then after pauses that double up to the interval of the policy', async () => {
    await ready('acme');
    await fails('acme', { isBackup: true });
    expect(await isDue('acme')).toBe(true);
    for (const pauseMinutes of [30, 60, 120, 240, 240]) {
      await fails('acme', { isBackup: true });
      await minutesPass('acme', pauseMinutes - 1);
      expect(await isDue('acme')).toBe(false);
      await minutesPass('acme', 2);
      expect(await isDue('acme')).toBe(true);
    }
  });

  it('is told by attention from the third time on, with the reason and the next try, until one is taken', async () => {
    await ready('told');
    for (let tries = 0; tries < 2; tries += 1) await fails('told', { isBackup: true });
    const ofTold = async () => (await troubles()).filter(({ tenantId }) => tenantId === 'told');
    expect(await ofTold()).toEqual([]);
    await fails('told', { isBackup: true });
    expect(await ofTold()).toEqual([
      {
        kind: 'backup-overdue',
        tenantId: 'told',
        message: expect.stringMatching(
          /^its newest backup is of 20\S+Z\. The next failed 3 times, and is tried again 20\S+Z: snapshots limit exceeded$/,
        ),
        command: 'history told',
      },
    ]);
    const key = { fleet: fleet.name, id: tenantIdOf('told') };
    const taken = { name: 'backup-1', projectId: 'p', neonId: 's', expiresAt: undefined, label: undefined };
    await test.catalog.backups.noteSnapshot(key, { ...taken, isBackup: false });
    expect(await ofTold()).toHaveLength(1);
    await test.catalog.backups.noteSnapshot(key, { ...taken, name: 'backup-2', isBackup: true });
    expect(await ofTold()).toEqual([]);
    expect(
      await test.rows(
        'select backup_tries, backup_failed_at, backup_trouble from tenantry.tenants where id = $1',
        ['told'],
      ),
    ).toEqual([{ backup_tries: 0, backup_failed_at: null, backup_trouble: null }]);
  });

  it('is not put off by a snapshot of a person that fails', async () => {
    await ready('asked');
    for (let tries = 0; tries < 3; tries += 1) await fails('asked', {});
    expect(await isDue('asked')).toBe(true);
  });
});

describe('a plan that the fleet no longer has', () => {
  it('is told by attention, for none of its tenants is backed up', async () => {
    for (const id of ['left-1', 'left-2']) await ready(id, 'former');
    await ready('plain', 'bare');
    await test.rows(
      `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id)
       values ($1, 'offboarded', 'offboarded', 'offboarded', 'ancient', 'role', 'run')`,
      [fleet.name],
    );
    expect((await troubles()).filter(({ kind }) => kind === 'unknown-plan')).toEqual([
      {
        kind: 'unknown-plan',
        message:
          '2 tenants have the plan "former", which the fleet lacks, so no backup is taken: left-1, left-2',
        command: 'doctor',
      },
    ]);
  });
});
