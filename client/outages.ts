import { failureCures } from '../tenancy/failure-cures.js';
import { isOutage, type Outage } from '../tenancy/long-wait.js';
import type { Wait } from '../tenancy/progress.js';
import type { Attention } from './attention-kinds.js';

/** An entry about a tenant, with its step's wait if the entry is about one. */
export interface Listed {
  readonly attention: Attention;
  readonly wait: Wait | undefined;
}

/** A failure that concerns a single project, so tenants with this kind of wait wait for different things. */
const ofOneProject: readonly Outage[] = ['NeonLocked'];

/**
 * A wait that several tenants share is an outage, and is reported once for the fleet; the other entries keep the
 * order of the tenants.
 */
export function foldOutages(listed: readonly Listed[]): Attention[] {
  const byType = new Map<Outage, Wait[]>();
  for (const { wait } of listed) {
    if (wait === undefined || !isOutage(wait.type) || ofOneProject.includes(wait.type)) continue;
    byType.set(wait.type, [...(byType.get(wait.type) ?? []), wait]);
  }
  const outages = [...byType].filter(([, waits]) => waits.length > 1);
  const isFolded = ({ wait }: Listed) => outages.some(([type]) => type === wait?.type);
  return [
    ...outages.map(([type, waits]) => toldOf(type, waits)),
    ...listed.filter((each) => !isFolded(each)).map(({ attention }) => attention),
  ];
}

function toldOf(type: Outage, waits: readonly Wait[]): Attention {
  const [longest] = [...waits].sort((a, b) => (a.since ?? '').localeCompare(b.since ?? ''));
  const attempts = Math.max(...waits.map((each) => each.attempts));
  return {
    kind: 'outage',
    message: `${waits.length} tenants wait: ${longest?.reason}; tried up to ${attempts} times. ${failureCures[type]}`,
    ...(longest?.since && { since: longest.since }),
    command: 'status',
  };
}
