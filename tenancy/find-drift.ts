import { cutoffOf } from './find-orphans.js';
import type { DatabaseSeen, Inventory, Look, RecordedTenant, SeenProject } from './inventory.js';
import { isSettled } from './lifecycle.js';
import { planDifference, type SettingDifference } from './plan-difference.js';
import type { Finding, FindingKind } from './reconcile.js';
import { redact } from './redact.js';
import { takenUpBy } from './take-up.js';

const repair = { by: 'repair' } as const;

/** In what tenants are not what the catalog says that they are, so far as it was seen. */
export function findDrift(inventory: Inventory): Finding[] {
  const seen = new Map(inventory.seen.map((project) => [project.neonId, project]));
  const names = new Map(
    inventory.projects.flatMap(({ neonId, name, adopted }) =>
      neonId === undefined || adopted ? [] : [[neonId, name] as const],
    ),
  );
  const cutoff = cutoffOf(inventory);
  return inventory.tenants.flatMap((tenant) => {
    // An operation began or ended lately: what was seen may be half of it.
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
    const name = names.get(projectId);
    if (name !== undefined && name !== project.name)
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

/** A quota that is smaller than the plan's. That of the size keeps nobody out. */
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
  // It let go of the tenant when it ended: the catalog was restored from before that.
  if (run === 'succeeded')
    return [{ ...of, message: `it is ${state}, and the run that made it so succeeded: look into it` }];
  const by = takenUpBy[state];
  const message = `it is ${state}, and the run that made it so is over`;
  return [by === 'leave' ? { ...of, message } : { ...of, message, mend: { by } }];
}
