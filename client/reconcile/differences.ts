import type { Catalog } from '../../catalog/catalog.js';
import type { KeptFinding } from '../../catalog/reconciles.js';
import type { Attention } from '../attention-kinds.js';

/** More of them are one problem, and `tenantry reconcile` lists them all. */
const most = 100;

/** What the last reconcile found and nobody has mended since; and that it could not compare, if it could not. */
export async function differences(
  { reconciles }: Pick<Catalog, 'reconciles'>,
  fleet: string,
): Promise<Attention[]> {
  const [last, found] = await Promise.all([reconciles.last(fleet), reconciles.findings(fleet, most)]);
  const open = found.filter(isOpen).map(attentionOf);
  if (last?.trouble === undefined) return open;
  const since = last.beganAt.toISOString();
  const message = `the last reconcile compared nothing: ${last.trouble}`;
  return [{ kind: 'not-reconciled', message, since, command: 'reconcile' }, ...open];
}

/** A project in quarantine is looked after. */
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
