import type { Inventory, QuarantinedProject, RecordedProject, SeenProject } from './inventory.js';
import type { Finding } from './reconcile.js';
import { redact } from './redact.js';

/** The largest difference between Neon's clock and the catalog's, in milliseconds. */
const clockSlackMs = 5 * 60_000;

/** The longest time that Neon takes to bring up a project, which counts as activity of its compute. */
const broughtUpMs = 3_600_000;

/**
 * The projects at Neon that no tenant has. A project is recognized by its id. A project without a row is only ours if
 * the ledger of creates says so: a name alone proves nothing, because anyone can use any name at Neon.
 */
export function findOrphans(inventory: Inventory): Finding[] {
  const { fleet, seen, projects, onceOnRecord } = inventory;
  const ids = new Set(projects.flatMap(({ neonId }) => neonId ?? []));
  const byName = new Map(projects.filter(({ adopted }) => !adopted).map((one) => [one.name, one]));
  const quarantine = new Map(inventory.quarantine.map((one) => [one.neonId, one]));
  const found: Finding[] = [];
  const unaccounted = new Map<RecordedProject, SeenProject[]>();
  for (const project of seen) {
    const held = quarantine.get(project.neonId);
    const isKnown = ids.has(project.neonId);
    if (held !== undefined && held.state !== 'deleted')
      found.push(...inQuarantine(held, project, isKnown, inventory));
    else if (isKnown || project.createdAt > cutoffOf(inventory)) continue;
    else if (held?.state === 'deleted' || onceOnRecord.has(project.neonId)) found.push(returned(project));
    else {
      const row = byName.get(project.name);
      if (row?.fleet === fleet) unaccounted.set(row, [...(unaccounted.get(row) ?? []), project]);
      else if (row === undefined && isLikeOurs(project.name, fleet)) found.push(unclaimed(project, nothing));
    }
  }
  for (const [row, ofThatName] of unaccounted) found.push(...underOurName(row, ofThatName, inventory));
  return found;
}

/** Projects and changes after this moment are left alone. */
export function cutoffOf({ beganAt, ageMs }: Inventory): number {
  return beganAt - ageMs;
}

/** Projects that have the name of one of our rows, but none of the recorded ids. */
function underOurName(
  row: RecordedProject,
  projects: readonly SeenProject[],
  inventory: Inventory,
): Finding[] {
  // The sweep looks for it by that name, and knows which project it keeps.
  if (row.isInDoubt) return [];
  const { unansweredCreates: creates, unansweredSince: since = Number.POSITIVE_INFINITY } = row;
  const [ours, others] = [
    projects.filter(({ createdAt }) => createdAt >= since - clockSlackMs),
    projects.filter(({ createdAt }) => createdAt < since - clockSlackMs),
  ];
  const told = others.map((project) =>
    unclaimed(
      project,
      `no create of this installation's, sent under that name for "${row.tenantId}", can have made it`,
    ),
  );
  if (ours.length > creates) {
    const why = `${ours.length} projects have that name, and creates whose answer nobody read can have made ${creates} of them: which, is not known`;
    return [...told, ...ours.map((project) => unclaimed(project, why))];
  }
  return [...told, ...ours.map((project) => orphan(row, project, inventory))];
}

function orphan(row: RecordedProject, project: SeenProject, inventory: Inventory): Finding {
  const { tenantId } = row;
  const kind = row.role === 'live' && row.neonId !== undefined ? 'double' : 'orphan';
  const beside = kind === 'double' ? `, beside ${row.neonId}, which it lives in` : ', and no tenant has it';
  return {
    kind,
    tenantId,
    projectId: project.neonId,
    message: `${named(project)} was made for "${tenantId}" by a create whose answer nobody read${beside}`,
    mend: { by: 'quarantine' },
    ...(isUsed(project, inventory) && {
      heldBack: 'somebody has used it: look into it, and delete it at Neon if it may go',
    }),
  };
}

/**
 * Nobody should be able to use a project whose create response was lost, because its login was in that response. A
 * project that was used may belong to a customer: a later create made it, and a restored catalog does not know that
 * create.
 */
function isUsed({ createdAt, lastActiveAt = 0 }: SeenProject, inventory: Inventory): boolean {
  return lastActiveAt > cutoffOf(inventory) || lastActiveAt > createdAt + broughtUpMs;
}

function inQuarantine(
  held: QuarantinedProject,
  project: SeenProject,
  isKnown: boolean,
  { beganAt }: Inventory,
): Finding[] {
  const of = {
    kind: 'quarantined',
    ...(held.tenantId !== undefined && { tenantId: held.tenantId }),
    projectId: held.neonId,
  } as const;
  const what = `${named(project)} is in quarantine`;
  const release = (why: string): Finding[] => [
    { ...of, message: `${what}, and ${why}`, mend: { by: 'release' } },
  ];
  if (held.state === 'released') return [];
  if (held.state === 'releasing') return release('is to be released');
  if (isKnown) return release('a tenant has it by now');
  if (project.name !== held.name) return release(`was "${redact(held.name, 80)}" when it came there`);
  if (!held.isShut) return [{ ...of, message: `${what}, and not shut yet`, mend: { by: 'quarantine' } }];
  if (project.isLowered === false) return release('somebody gave it its quota back');
  if (held.dueAt <= beganAt)
    return [{ ...of, message: `${what}, and its time is up`, mend: { by: 'delete' } }];
  const until = new Date(held.dueAt).toISOString();
  return [
    { ...of, message: `${what} until ${until}`, mend: { by: 'delete' }, heldBack: `not before ${until}` },
  ];
}

function returned(project: SeenProject): Finding {
  return {
    kind: 'returned',
    projectId: project.neonId,
    message: `${named(project)} was deleted, and somebody recovered it at Neon: adopt it, or delete it there`,
  };
}

const nothing =
  'nothing on record accounts for it: it may be of another installation, or of a catalog that was restored since';

function unclaimed(project: SeenProject, why: string): Finding {
  return {
    kind: 'unclaimed',
    projectId: project.neonId,
    message: `${named(project)}: ${why}; it is left alone`,
  };
}

function named({ neonId, name }: SeenProject): string {
  return `project ${neonId} ("${redact(name, 80)}")`;
}

/** Whether a name has the form that `projectName` gives: the fleet's name, a readable part, and a digest. */
function isLikeOurs(name: string, fleet: string): boolean {
  return name.startsWith(`${fleet}-`) && /-[0-9a-hjkmnp-tv-z]{12}$/.test(name);
}
