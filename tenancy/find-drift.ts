import { cutoffOf } from './find-orphans.js';
import type { DatabaseSeen, Inventory, Look, RecordedTenant, SeenProject } from './inventory.js';
import { isSettled } from './lifecycle.js';
import { planDifference, type SettingDifference } from './plan-difference.js';
import type { Finding, FindingKind } from './reconcile.js';
import { redact } from './redact.js';
import { takenUpBy } from './take-up.js';

const repair = { by: 'repair' } as const;

/** The observed differences between tenants and their rows in the catalog. */
export function findDrift(inventory: Inventory): Finding[] {
  const seen = new Map(inventory.seen.map((project) => [project.neonId, project]));
  const names = new Map(
    inventory.projects.flatMap(({ neonId, name, poolName, adopted }) =>
      neonId === undefined || adopted ? [] : [[neonId, { name, poolName }] as const],
    ),
  );
  const cutoff = cutoffOf(inventory);
  return inventory.tenants.flatMap((tenant) => {
    // An operation began or ended recently, so the observation may show half of it.
    if (tenant.changedAt > cutoff) return [];
    if (!isSettled(tenant.state)) return deadRun(tenant);
    const { id: tenantId, projectId } = tenant;
    if (projectId === undefined || (tenant.state !== 'ready' && tenant.state !== 'suspended')) return [];
    const of = (kind: FindingKind, message: string): Finding => ({ kind, tenantId, projectId, message });
    const project = seen.get(projectId);
    if (project === undefined)
      return inventory.gone.has(projectId)
        ? [{ ...of('missing', `it is ${tenant.state}, and Neon has no project ${projectId}`), mend: repair }]
        : [];
    const found: Finding[] = [];
    const { name, poolName } = names.get(projectId) ?? {};
    if (name !== undefined && project.name !== name && project.name !== poolName)
      found.push(
        of(
          'renamed',
          `project ${projectId} is "${redact(project.name, 80)}" at Neon, and "${name}" on record`,
        ),
      );
    if (tenant.state === 'ready') found.push(...ofReady(tenant, project, inventory.looks.get(tenantId), of));
    else if (project.isLowered === false)
      found.push({ ...of('open', 'its quota is not lowered, so its compute can be woken'), mend: repair });
    return found;
  });
}

type Of = (kind: FindingKind, message: string) => Finding;

function ofReady(tenant: RecordedTenant, project: SeenProject, look: Look | undefined, of: Of): Finding[] {
  if (project.isLowered === true)
    return [{ ...of('shut-out', 'its quota is lowered, so nobody can wake its compute'), mend: repair }];
  if (look?.computes === 'none')
    return [{ ...of('no-compute', 'its branch has no compute that reads and writes'), mend: repair }];
  const { wanted } = tenant;
  const differences =
    wanted === undefined ? [] : planDifference({ ...project.settings, ...look?.settings }, wanted);
  const small = differences.filter(keepsOut);
  if (small.length > 0)
    return [
      {
        ...of('shut-out', `${inWords(small)}: once it is used up, nobody can wake its compute`),
        mend: repair,
      },
    ];
  const drifted = differences.length === 0 ? [] : [{ ...of('plan', inWords(differences)), mend: repair }];
  return [...drifted, ...inDatabase(tenant, look?.database, of)];
}

function inWords(differences: readonly SettingDifference[]): string {
  return differences
    .map(({ setting, from, to }) => `${setting} is ${from}, and the plan has ${to}`)
    .join('; ');
}

/** Whether a quota is smaller than the plan's. The quota of the size never blocks connections. */
function keepsOut({ setting, from, to }: SettingDifference): boolean {
  if (!setting.startsWith('quota.') || setting === 'quota.logicalSizeBytes') return false;
  return from > 0 && (to === 0 || from < to);
}

function inDatabase({ schemaVersion }: RecordedTenant, seen: DatabaseSeen | undefined, of: Of): Finding[] {
  if (seen === undefined || 'unanswered' in seen) return [];
  const found: Finding[] = [];
  if (seen.logins.length > 0) found.push({ ...of('roles', seen.logins.join('; ')), mend: repair });
  if (seen.strangers !== undefined) found.push(of('stranger', seen.strangers));
  if (seen.schemaVersion !== schemaVersion)
    found.push({
      ...of(
        'schema',
        `its ledger ends with ${seen.schemaVersion ?? 'nothing'}, and the catalog says ${schemaVersion ?? 'nothing'}`,
      ),
      mend: repair,
    });
  return found;
}

function deadRun({ id: tenantId, state, run }: RecordedTenant): Finding[] {
  if (run === undefined || run === 'open' || isSettled(state)) return [];
  const of = { kind: 'dead-run', tenantId } as const;
  // The run released the tenant when it ended, so the catalog was restored from an earlier state.
  if (run === 'succeeded')
    return [{ ...of, message: `it is ${state}, and the run that made it so succeeded: look into it` }];
  const by = takenUpBy[state];
  const message = `it is ${state}, and the run that made it so is over`;
  return [by === 'leave' ? { ...of, message } : { ...of, message, mend: { by } }];
}
