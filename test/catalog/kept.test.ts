import { describe, expect, it } from 'vitest';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { testCatalog } from './test-catalog.js';

const test = testCatalog();
const fleet = 'notes';
const drilled = 'drilled';
const limits = { most: 10, mostLooks: 10, againMs: 1_000 };

/** A ready tenant, with a live project. */
async function ready(id: string, of = fleet) {
  await test.rows(
    `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id, backed_up_at)
     values ($1, $2, 'ready', 'ready', 'free', $2, 'run', now())`,
    [of, id],
  );
  await test.rows(
    `insert into tenantry.projects (fleet, tenant_id, name, neon_id, role) values ($1, $2, $2, $2, 'live')`,
    [of, id],
  );
  return { fleet: of, id: tenantIdOf(id) };
}
const snapshot = (projectId: string, neonId: string, expiresAt: Date | undefined) =>
  ({ kind: 'snapshot', name: 'monday', projectId, neonId, expiresAt, detail: { backup: true } }) as const;
const inMs = (ms: number) => new Date(Date.now() + ms);

describe('what is kept for a time', () => {
  it.each(['snapshot', 'kept-state', 'branch'] as const)(
    'is not due because another %s of its name could not be deleted',
    async (kind) => {
      const key = await ready(`again-${kind}`);
      const { resources, duties } = test.catalog;
      const name = 'monday';
      await resources.put(key, { ...snapshot(key.id, 'old', inMs(-1_000)), kind });
      await duties.postpone({ tenant: key, kind, name }, 'Neon is away', { firstMs: 0, longestMs: 0 });
      expect((await resources.get(key, kind, name))?.trouble).toBe('Neon is away');
      await resources.remove(key, kind, name);
      for (const expiresAt of [undefined, inMs(60_000)]) {
        await resources.put(key, { ...snapshot(key.id, 'new', expiresAt), kind });
        await duties.postpone({ tenant: key, kind, name }, 'Neon is away', { firstMs: 0, longestMs: 0 });
        const due = await duties.due(fleet, limits);
        expect([...due.kept, ...due.branches].filter(({ tenantId }) => tenantId === key.id)).toEqual([]);
        expect((await resources.get(key, kind, name))?.trouble).toBeUndefined();
      }
    },
  );

  it('is drilled only where there is a backup that has not expired, of the project that the tenant lives in', async () => {
    const { backups, resources } = test.catalog;
    const [none, old, left] = [
      await ready('none', drilled),
      await ready('old', drilled),
      await ready('left', drilled),
    ];
    await resources.put(old, snapshot('old', 'old-1', inMs(-1_000)));
    await resources.put(left, snapshot('somewhere-else', 'left-1', inMs(60_000)));
    expect(await backups.anyTenant(drilled)).toBeUndefined();
    await resources.put(none, snapshot('none', 'none-1', inMs(60_000)));
    expect(await backups.anyTenant(drilled)).toBe('none');
  });

  it('has no evidence of a run that does not hold the tenant, nor of an erased one', async () => {
    const key = await ready('proved');
    const { drills } = test.catalog;
    const evidence = {
      snapshot: 'monday',
      takenAt: new Date().toISOString(),
      recoveryPointMs: 1,
      recoveryMs: 1,
    };
    for (const writer of [
      { ...key, runId: 'another', workflowId: 'drill' },
      { fleet, id: tenantIdOf('erased'), runId: 'run', workflowId: 'drill' },
    ])
      await expect(drills.note(writer, evidence)).rejects.toMatchObject({ name: 'StaleRunError' });
    await drills.note({ ...key, runId: 'run', workflowId: 'drill' }, evidence);
    await drills.note({ ...key, runId: 'run', workflowId: 'drill' }, evidence);
    expect(await drills.list(fleet, { limit: 10 })).toMatchObject([{ tenantId: 'proved' }]);
  });
});
