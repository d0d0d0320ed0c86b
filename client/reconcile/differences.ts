import type { Catalog } from '../../catalog/catalog.js';
import type { KeptFinding } from '../../catalog/reconciles.js';
import type { Fleet } from '../../tenancy/fleet.js';
import { isReconcileLate } from '../../tenancy/reconcile-settings.js';
import type { Attention } from '../attention-kinds.js';

/** With more than this, they are one problem, and `tenantry reconcile` lists them all. */
const most = 100;

/**
 * The unmended findings of the last reconcile, or that it could not compare, or that there was none for a long time.
 */
export async function differences(
  { reconciles }: Pick<Catalog, 'reconciles'>,
  { name: fleet, timings }: Pick<Fleet, 'name' | 'timings'>,
): Promise<Attention[]> {
  const [last, found] = await Promise.all([reconciles.last(fleet), reconciles.findings(fleet, most)]);
  const open = found.filter(isOpen).map(attentionOf);
  if (last === undefined) return open;
  const since = (last.comparedAt ?? last.beganAt).toISOString();
  const isLate = isReconcileLate(last, timings.reconcile);
  if (last.trouble === undefined && !isLate) return open;
  const message =
    last.trouble === undefined
      ? 'no reconcile has begun for long: its schedule is paused, or its last run does not end'
      : `the last reconcile compared nothing: ${last.trouble}`;
  return [{ kind: 'not-reconciled', message, since, command: 'reconcile' }, ...open];
}

/** A project in quarantine is already taken care of. */
function isOpen({ kind, outcome, heldBack }: KeptFinding): boolean {
  return outcome !== 'mended' && (kind !== 'quarantined' || heldBack === undefined);
}

function attentionOf(finding: KeptFinding): Attention {
  const { tenantId, projectId, message, heldBack, trouble, foundAt, mend } = finding;
  const more = [heldBack, trouble].filter((each) => each !== undefined);
  const isOperation = tenantId !== undefined && mend?.by === 'repair';
  return {
    kind: 'difference',
    ...(tenantId !== undefined && { tenantId }),
    message: [message, ...more].join('; '),
    since: foundAt.toISOString(),
    command: isOperation
      ? `repair ${tenantId}`
      : mend !== undefined
        ? 'reconcile --apply'
        : tenantId === undefined || projectId !== undefined
          ? 'reconcile findings'
          : `show ${tenantId}`,
  };
}
