import { findDrift } from './find-drift.js';
import { findOrphans } from './find-orphans.js';
import type { Inventory } from './inventory.js';
import type { Finding } from './reconcile.js';

/** In what the catalog, Neon, Temporal and the tenants' databases disagree. */
export function findDifferences(inventory: Inventory): Finding[] {
  return [...findOrphans(inventory), ...findDrift(inventory)];
}

/** So many projects a list may always lack, and this part of those on record, before it counts as incomplete. */
const fewest = 10;
const part = 0.1;

/**
 * Why a list of Neon's proves nothing, although Neon called it whole: too much of what the fleet has on record is not in it, or all of
 * it. A key of another organization looks like this, and so does a list that was cut off. Other fleets of the installation may have an
 * organization of their own.
 */
export function listProblem(inventory: Pick<Inventory, 'fleet' | 'seen' | 'projects'>): string | undefined {
  const seen = new Set(inventory.seen.map(({ neonId }) => neonId));
  const expected = inventory.projects.flatMap(({ fleet, role, neonId }) =>
    fleet === inventory.fleet && role === 'live' && neonId !== undefined ? [neonId] : [],
  );
  const lacking = expected.filter((neonId) => !seen.has(neonId)).length;
  const isNone = expected.length > 1 && lacking === expected.length;
  if (!isNone && lacking <= Math.max(fewest, expected.length * part)) return undefined;
  return `Neon's list lacks ${lacking} of the ${expected.length} projects on record, so it proves nothing of any`;
}

/** Projects that tenants have and the list lacks: they are asked for by their ids. */
export function missingFrom({ seen, gone, tenants }: Pick<Inventory, 'seen' | 'gone' | 'tenants'>) {
  const listed = new Set(seen.map(({ neonId }) => neonId));
  return tenants.flatMap(({ id, state, projectId }) =>
    projectId === undefined || (state !== 'ready' && state !== 'suspended')
      ? []
      : listed.has(projectId) || gone.has(projectId)
        ? []
        : [{ tenantId: id, projectId }],
  );
}
