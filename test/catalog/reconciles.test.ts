import { describe, expect, it } from 'vitest';
import type { Finding } from '../../tenancy/reconcile.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const t = testCatalog();
let fleets = 0;

/** A tenant of a fleet of its own, with the reconcile of that fleet begun. */
async function begun() {
  fleets += 1;
  const writer = newcomer(`reconciled-${fleets}`);
  const names = namesOf(writer);
  await t.catalog.tenants.beginOnboarding(writer, names);
  await t.catalog.projects.intend(writer, names.projectName, 'live');
  const key = { fleet: writer.fleet, runId: `reconcile-${fleets}` };
  await t.catalog.reconciles.begin(key, 'reconcile');
  return { writer, name: names.projectName, key };
}

const unanswered = async (name: string) =>
  (await t.rows('select unanswered_creates from tenantry.projects where name = $1', [name]))[0]
    ?.unanswered_creates;

describe('the ledger of creates', () => {
  it('counts those that no answer was read to, whatever the looks find', async () => {
    const { writer, name } = await begun();
    const { projects } = t.catalog;
    await projects.markCreatePosted(writer, name, 'aws', [1_000]);
    expect(await unanswered(name)).toBe(1);
    await projects.clearCreatePosted(writer, name, 'not-seen');
    expect(await unanswered(name)).toBe(1);
    await projects.markCreatePosted(writer, name, 'aws', [1_000]);
    await projects.recordProject(writer, name, `${name}-1`);
    await projects.recordProject(writer, name, `${name}-1`);
    expect(await unanswered(name)).toBe(1);
    // The late one is found and deleted.
    await projects.recordDeletion(writer, `${name}-2`, name);
    expect(await unanswered(name)).toBe(0);
  });

  it('does not count those that Neon refused', async () => {
    const { writer, name } = await begun();
    await t.catalog.projects.markCreatePosted(writer, name, 'aws', [1_000]);
    await t.catalog.projects.clearCreatePosted(writer, name, 'refused');
    expect(await unanswered(name)).toBe(0);
  });

  it('remembers an id after the project is deleted', async () => {
    const { writer, name, key } = await begun();
    await t.catalog.projects.markCreatePosted(writer, name, 'aws', [1_000]);
    await t.catalog.projects.recordProject(writer, name, `${name}-1`);
    await t.catalog.projects.recordDeletion(writer, `${name}-1`, name);
    await t.catalog.inventories.addSeen(key, [{ neonId: `${name}-1`, name, createdAt: 1, settings: {} }]);
    const { onceOnRecord, projects } = await t.catalog.inventories.read(key);
    expect([...onceOnRecord]).toEqual([`${name}-1`]);
    expect(projects.find((one) => one.name === name)?.neonId).toBeUndefined();
  });
});

describe('a project in quarantine', () => {
  it('is taken in only while an unanswered create can have made it, and accounts for that', async () => {
    const { writer, name } = await begun();
    const take = (neonId: string) => t.catalog.quarantine.take({ neonId, name, tenant: writer }, 1_000);
    expect(await take(`${name}-2`)).toBe(false);
    await t.catalog.projects.markCreatePosted(writer, name, 'aws', [1_000]);
    expect(await take(`${name}-2`)).toBe(false);
    await t.rows('update tenantry.projects set in_doubt_since = null where name = $1 returning 1', [name]);
    expect(await take(`${name}-2`)).toBe(true);
    expect(await take(`${name}-2`)).toBe(true);
    expect(await take(`${name}-3`)).toBe(false);
    expect(await unanswered(name)).toBe(0);
  });

  it('is not taken in where a tenant has it by now', async () => {
    const { writer, name } = await begun();
    await t.catalog.projects.markCreatePosted(writer, name, 'aws', [1_000]);
    await t.catalog.projects.markCreatePosted(writer, name, 'aws', [1_000]);
    await t.catalog.projects.recordProject(writer, name, `${name}-1`);
    await t.rows('update tenantry.projects set in_doubt_since = null where name = $1 returning 1', [name]);
    const taken = { neonId: `${name}-1`, name, tenant: writer };
    expect(await t.catalog.quarantine.take(taken, 1_000)).toBe(false);
  });

  it('waits from the moment when nobody can wake it', async () => {
    const { writer, name } = await begun();
    await t.catalog.projects.markCreatePosted(writer, name, 'aws', [1_000]);
    await t.rows('update tenantry.projects set in_doubt_since = null where name = $1 returning 1', [name]);
    await t.catalog.quarantine.take({ neonId: `${name}-2`, name, tenant: writer }, 1);
    await t.catalog.quarantine.noteShut(`${name}-2`, 3_600_000);
    expect(await t.catalog.quarantine.get(`${name}-2`)).toMatchObject({ state: 'quarantined', isDue: false });
  });
});

describe('the reconcile of a fleet', () => {
  it('is one at a time, until the other is seen closed', async () => {
    const { key } = await begun();
    const other = { ...key, runId: 'another' };
    const held = { kind: 'held', runId: key.runId, workflowId: 'reconcile' };
    expect(await t.catalog.reconciles.begin(other, 'w')).toEqual(held);
    expect(await t.catalog.reconciles.begin(other, 'w', key.runId)).toEqual({ kind: 'begun' });
    await expect(t.catalog.inventories.read(key)).rejects.toThrow('another reconcile');
    await expect(t.catalog.reconciles.noteFindings(key, [])).rejects.toThrow('another reconcile');
  });

  it('puts what it finds in place of what was found, and keeps since when', async () => {
    const { key } = await begun();
    const { reconciles } = t.catalog;
    const drift: Finding = { kind: 'plan', tenantId: tenantIdOf('a'), message: 'so', mend: { by: 'repair' } };
    await reconciles.noteFindings(key, [drift]);
    const [first] = await reconciles.findings(key.fleet, 10);
    await reconciles.noteFindings(key, [{ ...drift, message: 'so again', heldBack: 'asleep' }]);
    expect(await reconciles.findings(key.fleet, 10)).toEqual([
      expect.objectContaining({ message: 'so again', heldBack: 'asleep', foundAt: first?.foundAt }),
    ]);
    await reconciles.noteFindings(key, []);
    expect(await reconciles.findings(key.fleet, 10)).toEqual([]);
  });
});
