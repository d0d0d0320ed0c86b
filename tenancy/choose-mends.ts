import type { Look } from './inventory.js';
import type { Finding, FindingKind, Mend } from './reconcile.js';
import type { TenantId } from './tenant-id.js';

/** The limits of one run. */
export interface MendLimits {
  /** The most tenants that are mended. */
  readonly tenants: number;
  /** The most projects that are put into quarantine. */
  readonly quarantines: number;
  /** The most projects that are deleted. */
  readonly deletions: number;
}

export interface MendOptions {
  readonly limits: MendLimits;
  /** Whether the run may wake sleeping computes. */
  readonly wake: boolean;
  readonly looks: ReadonlyMap<TenantId, Look>;
}

/** Findings whose tenant has no compute that could be disturbed: nothing can wake it, or only a repair can. */
const outOfReach: ReadonlySet<FindingKind> = new Set(['missing', 'shut-out', 'no-compute', 'dead-run']);

/** Returns the same findings; a finding that this run must not mend says why. */
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

/** The tenants with a finding that is mended without waking the compute, or whose compute cannot be woken. */
function tenantsInNeed(findings: readonly Finding[]): ReadonlySet<TenantId | undefined> {
  return new Set(findings.filter(({ kind }) => outOfReach.has(kind)).map(({ tenantId }) => tenantId));
}

function sleepOf(tenantId: TenantId, { wake, looks }: MendOptions): string | undefined {
  if (wake) return undefined;
  const computes = looks.get(tenantId)?.computes;
  if (computes === undefined) return 'whether its compute is awake was not looked at in this run';
  return computes === 'asleep' ? 'its compute sleeps, and a repair would wake it' : undefined;
}

/** The mends that are due now, at most one for each tenant. */
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
