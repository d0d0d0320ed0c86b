import { findDrift } from './find-drift.js';
import { findOrphans } from './find-orphans.js';
import type { Inventory } from './inventory.js';
import type { Finding } from './reconcile.js';

/** The differences between the catalog, Neon, Temporal and the tenants' databases. */
export function findDifferences(inventory: Inventory): Finding[] {
  return [...findOrphans(inventory), ...findDrift(inventory)];
}

/**
 * A list may always lack this many projects. Above that, it counts as incomplete when it lacks this fraction of those
 * on record.
 */
const fewest = 10;
const part = 0.1;

/**
 * Why a list from Neon proves nothing although Neon calls it complete: it lacks all of the fleet's recorded projects,
 * or too many of them. A key of another organization has this effect, and so does a truncated list. Other fleets of
 * the installation do not count, because they may have their own organization.
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

/** The projects of tenants that the list lacks; the caller then requests each by its id. */
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
