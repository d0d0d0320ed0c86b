import type { Look } from './inventory.js';
import type { Finding, FindingKind, Mend } from './reconcile.js';
import type { TenantId } from './tenant-id.js';

/** What one run may do. */
export interface MendLimits {
  /** How many tenants are mended. */
  readonly tenants: number;
  /** How many projects are taken into quarantine. */
  readonly quarantines: number;
  /** How many projects are deleted. */
  readonly deletions: number;
}

export interface MendOptions {
  readonly limits: MendLimits;
  /** Computes that sleep may be woken. */
  readonly wake: boolean;
  readonly looks: ReadonlyMap<TenantId, Look>;
}

/** Nobody can wake their compute, or it can be woken by nobody but a repair: no sleep is disturbed. */
const outOfReach: ReadonlySet<FindingKind> = new Set(['missing', 'shut-out', 'no-compute', 'dead-run']);

/** The same findings; those that this run must not mend say why. */
export function chooseMends(findings: readonly Finding[], options: MendOptions): Finding[] {
  const spent = { tenants: new Set<string>(), quarantines: 0, deletions: 0 };
  const { limits } = options;
  const needed = tenantsInNeed(findings);
  return findings.map((finding) => {
    const { mend, heldBack, tenantId } = finding;
    if (mend === undefined || heldBack !== undefined) return finding;
    const over = (what: string) => ({
      ...finding,
      heldBack: `this run has ${what}, which is the most of one`,
    });
    if (mend.by === 'quarantine') {
      spent.quarantines += 1;
      return spent.quarantines > limits.quarantines
        ? over(`taken ${limits.quarantines} projects into quarantine`)
        : finding;
    }
    if (mend.by === 'delete') {
      spent.deletions += 1;
      return spent.deletions > limits.deletions ? over(`deleted ${limits.deletions} projects`) : finding;
    }
    if (mend.by === 'release' || tenantId === undefined) return finding;
    const sleeping = needed.has(tenantId) ? undefined : sleepOf(tenantId, options);
    if (sleeping !== undefined) return { ...finding, heldBack: sleeping };
    spent.tenants.add(tenantId);
    return spent.tenants.size > limits.tenants ? over(`mended ${limits.tenants} tenants`) : finding;
  });
}

/** Tenants with a finding for which their compute need not be woken, or could not be. */
function tenantsInNeed(findings: readonly Finding[]): ReadonlySet<TenantId | undefined> {
  return new Set(findings.filter(({ kind }) => outOfReach.has(kind)).map(({ tenantId }) => tenantId));
}

function sleepOf(tenantId: TenantId, { wake, looks }: MendOptions): string | undefined {
  if (wake) return undefined;
  const computes = looks.get(tenantId)?.computes;
  if (computes === undefined) return 'whether its compute is awake was not looked at in this run';
  return computes === 'asleep' ? 'its compute sleeps, and a repair would wake it' : undefined;
}

/** What is to be mended now, a tenant once. */
export function mendsOf(
  findings: readonly Finding[],
): readonly { readonly finding: Finding; readonly mend: Mend }[] {
  const done = new Set<string>();
  return findings.flatMap((finding) => {
    const { mend, heldBack, tenantId, projectId } = finding;
    if (mend === undefined || heldBack !== undefined) return [];
    const isOfProject = ['quarantine', 'delete', 'release'].includes(mend.by);
    const subject = isOfProject ? `project/${projectId}` : `tenant/${tenantId}`;
    if (done.has(subject)) return [];
    done.add(subject);
    return [{ finding, mend }];
  });
}
