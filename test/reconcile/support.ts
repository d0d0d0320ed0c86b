import { neonReply } from '../hands/cut-off.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import type { TestTenantry } from '../support/tenantry.js';

/** SQL in the catalog, behind its back. */
export const inCatalog = (t: TestTenantry, query: string, values: readonly unknown[] = []) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(query, [...values]));

/** Days pass for whatever a reconcile waits for: everything on record is so much older. */
export async function passDays(t: TestTenantry, days: number): Promise<void> {
  const interval = `${days} days`;
  await inCatalog(
    t,
    `update tenantry.quarantine set due_at = due_at - $1::interval, taken_at = taken_at - $1::interval,
    shut_at = shut_at - $1::interval, deleted_at = deleted_at - $1::interval`,
    [interval],
  );
  await inCatalog(
    t,
    `update tenantry.projects set in_doubt_since = in_doubt_since - $1::interval,
    unanswered_since = unanswered_since - $1::interval, due_at = due_at - $1::interval`,
    [interval],
  );
}

/** What was found, by kind and tenant or project. */
export async function found(t: TestTenantry): Promise<string[]> {
  const findings = await t.tenantry.reconcile.findings();
  return findings.map(({ kind, tenantId, projectId }) => `${kind} ${tenantId ?? projectId}`).sort();
}

/** A project that somebody makes in Neon's console. */
export async function strangersProject(t: TestTenantry, name: string): Promise<string> {
  const { project } = await neonReply<{ project: { id: string } }>(t, 'POST', '/projects', {
    project: { name },
  });
  return project.id;
}

/** What the emulator keeps of a project that must not change. */
export async function asItStands(t: TestTenantry, projectId: string): Promise<unknown> {
  const record = (await t.emulator.records()).find(({ id }) => id === projectId);
  const { project } = await neonReply<{ project: { settings: unknown; name: string } }>(
    t,
    'GET',
    `/projects/${projectId}`,
  );
  return {
    deleted: record?.deleted_at,
    name: project.name,
    settings: project.settings,
    branches: record?.branches.map(({ id, name }) => ({ id, name })),
    endpoints: record?.endpoints.map(({ id }) => id),
  };
}

/** A create that Neon applies when everybody has stopped looking for it. */
export async function lateProject(t: TestTenantry, id: string, of: 'a tenant' | 'nobody'): Promise<string> {
  const late = await t.emulator.addFault({
    match: { method: 'POST', path: '/projects', times: 1 },
    effect: { kind: 'late-apply' },
  });
  const onboarding = await t.tenantry.start.onboard({ id });
  await late.struck();
  if (of === 'a tenant') await onboarding.result();
  else {
    await onboarding.cancel();
    await onboarding.result().catch(() => {});
  }
  await eventually('nobody looks for it any more', async () => {
    await passDays(t, 3);
    await t.sweep();
    const { rowCount } = await inCatalog(
      t,
      'select from tenantry.projects where tenant_id = $1 and in_doubt_since is not null',
      [id],
    );
    return rowCount === 0;
  });
  const before = new Set((await t.emulator.liveProjects()).map((project) => project.id));
  await late.lift();
  const made = async () =>
    (await t.emulator.liveProjects()).find(
      (project) => !before.has(project.id) && project.name.includes(`-${id}-`),
    );
  await eventually('it is there', async () => (await made()) !== undefined);
  // Neon brings it up.
  await eventually('it is at rest', async () => (await t.emulator.records()).every(({ busy }) => !busy));
  return (await made())?.id ?? '';
}
