import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { SecretKind } from './secret-store.js';
import type { TenantId } from './tenant-id.js';

/*
 * Every name that Tenantry gives is made here, from parts that never change: the fleet's name, the tenant's id, the
 * installation. A name with a time or a fresh random part could never be found again after a lost response.
 *
 * Some ids differ only in characters that a name cannot have (`C2` and `c2`, long ones that are cut off). A digest of
 * the raw id keeps them apart: 12 characters of 5 bits, so the chance of a collision among a million tenants is about
 * one in two million, and the catalog also refuses a second tenant with the same project or role name.
 */

/** Crockford's alphabet, in lower case: it has no letter that looks like a digit. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const digestLength = 12;
const longestSlug = 24;

function digest(raw: string): string {
  return written(sha256(new TextEncoder().encode(raw)), digestLength);
}

function written(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => alphabet[byte & 31]).join('');
}

/** The readable part of a name: lower-case ASCII letters, digits and hyphens. */
function slug(raw: string): string {
  const plain = raw
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longestSlug)
    .replace(/^-+|-+$/g, '');
  return plain === '' ? 'tenant' : plain;
}

/** `acme-3k9f…`: readable and unique to one tenant. */
function distinctName(tenant: TenantId): string {
  return `${slug(tenant)}-${digest(tenant)}`;
}

/**
 * The name of a tenant's Neon project. Neon does not enforce unique project names; we do. The digest includes the
 * catalog's installation id, so two installations with the same organization and fleet name never share a project.
 */
export function projectName(fleet: string, tenant: TenantId, installation: string): string {
  return `${fleet}-${slug(tenant)}-${digest(`${installation}/${tenant}`)}`;
}

/**
 * The name of a project in the pool, until a tenant takes it. No tenant's project has this name: what the digest is of
 * begins otherwise.
 */
export function poolProjectName(fleet: string, installation: string, runId: string, ordinal: string): string {
  return `${fleet}-pool-${digest(`pool:${installation}/${runId}/${ordinal}`)}`;
}

/**
 * Identifies a tenant where its id must not be visible. It has 16 characters, so that collisions are out of the
 * question. It is keyed with the installation's id, because e-mail addresses used as ids can be guessed.
 */
export function tenantDigest(installation: string, fleet: string, tenant: TenantId): string {
  const encoder = new TextEncoder();
  return written(hmac(sha256, encoder.encode(installation), encoder.encode(`${fleet}/${tenant}`)), 16);
}

/**
 * One id for all operations of a tenant, so that the server runs only one at a time.
 * @param visible Identifies the tenant when its id must not be visible.
 */
export function tenantWorkflowId(fleet: string, tenant: TenantId, visible?: string): string {
  return `tenant/${fleet}/${visible ?? distinctName(tenant)}`;
}

/** The id of a fleet's schedule; its runs have the same id with their time. With an empty name it is the prefix. */
export function scheduleId(fleet: string, name: string): string {
  return `schedule/${fleet}/${name}`;
}

/** The role that owns the application's tables; nobody logs in as it. */
export function appGroupName(tenant: TenantId): string {
  return `tenant_${distinctName(tenant).replaceAll('-', '_')}`;
}

/** The login in that group. During a rotation of credentials there is a second one. */
export function appRoleName(tenant: TenantId): string {
  return `${appGroupName(tenant)}_a`;
}

/** The login that replaces the present one: two names alternate. */
export function nextAppRoleName(tenant: TenantId, present: string): string {
  const first = appRoleName(tenant);
  return present === first ? `${appGroupName(tenant)}_b` : first;
}

/** The name of a snapshot that the caller did not name. A retried run finds its own snapshot by it. */
export function snapshotName(runId: string): string {
  return `snapshot-${digest(runId)}`;
}

/** The name of the Neon branch with a database's state before a restore. */
export function keptStateName(runId: string): string {
  return `before-restore-${digest(runId)}`;
}

/** The branch that a snapshot is restored to, until it replaces the live branch. */
export function restoredBranchName(runId: string): string {
  return `restored-${digest(runId)}`;
}

/** The Neon name of a copy of a tenant's database. */
export function supportBranchName(name: string): string {
  return `support/${name}`;
}

/** The branch on which a run rehearses migrations. A retried run finds its own branch by it. */
export function rehearsalName(runId: string): string {
  return `rehearsal-${digest(runId)}`;
}

/** The branch to which a drill restores a snapshot. A retried run finds its own branch by it. */
export function drillName(runId: string): string {
  return `drill-${digest(runId)}`;
}

/** The name of a backup that begins at a moment: `backup-20261128t023000z`. */
export function backupName(at: Date): string {
  return `backup-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z`;
}

/** The login of such a copy, which exists only there. */
export function supportRoleName(name: string): string {
  return `support_${name.replaceAll('-', '_')}_${digest(name)}`;
}

/** The id of the workflow that deletes a copy early. */
export function removeBranchId(fleet: string, tenant: TenantId, name: string, visible?: string): string {
  return `branch/${fleet}/${visible ?? distinctName(tenant)}/${name}`;
}

/**
 * The id of the workflow that deletes a snapshot. It contains Neon's id, because an expired snapshot's name can be
 * reused.
 */
export function removeSnapshotId(
  fleet: string,
  tenant: TenantId,
  snapshotId: string,
  visible?: string,
): string {
  return `snapshot/${fleet}/${visible ?? distinctName(tenant)}/${snapshotId}`;
}

/** The schedule that looks for due work in a fleet; its runs have the same id with their time. */
export function sweepScheduleId(fleet: string): string {
  return `sweep/${fleet}`;
}

/** The schedule that compares the catalog with the world; its runs have the same id with their time. */
export function reconcileScheduleId(fleet: string): string {
  return `reconcile/${fleet}`;
}

/** The schedule that reads the usage of a fleet's tenants; its runs have the same id with their time. */
export function meterScheduleId(fleet: string): string {
  return `meter/${fleet}`;
}

/** The schedule that takes due backups. */
export function backUpScheduleId(fleet: string): string {
  return `back-up/${fleet}`;
}

/** The schedule that tests a backup. */
export function drillScheduleId(fleet: string): string {
  return `drill/${fleet}`;
}

/** One id for the filling of a plan's pool, so that only one run fills it at a time. */
export function fillPoolWorkflowId(fleet: string, plan: string): string {
  return `pool/${fleet}/${plan}`;
}

/** One id for a rollout, so that only one run of it is active at a time. */
export function rolloutWorkflowId(fleet: string, rollout: string): string {
  return `rollout/${fleet}/${rollout}`;
}

/** One id for an event endpoint, so that only one run sends to it at a time. */
export function eventsWorkflowId(fleet: string, endpoint: string): string {
  return `events/${fleet}/${endpoint}`;
}

/** The rollout with this workflow id; `undefined` when the id is not a rollout's. */
export function rolloutIn(fleet: string, workflowId: string): string | undefined {
  const prefix = rolloutWorkflowId(fleet, '');
  return workflowId.startsWith(prefix) ? workflowId.slice(prefix.length) : undefined;
}

/** A user-defined workflow that a rollout runs once for a tenant. */
export function rolloutMemberId(fleet: string, rollout: string, tenant: TenantId, visible?: string): string {
  return `${rolloutWorkflowId(fleet, rollout)}/${visible ?? distinctName(tenant)}`;
}

/** The dump file that an offboarding leaves. A retried run finds its own file by it. */
export function exportFileName(fleet: string, tenant: TenantId, runId: string): string {
  return `${fleet}-${distinctName(tenant)}-${digest(runId)}.dump`;
}

/** The prefix of all names of a tenant's secrets, in a store with one shared name space. */
export function secretsFolder(fleet: string, tenant: TenantId): string {
  return `${fleet}/${distinctName(tenant)}/`;
}

/** A secret's name in its tenant's folder: a path, because the part after the colon may be any text. */
export function secretName(kind: SecretKind): string {
  const [family = '', ...rest] = kind.split(':');
  return rest.length === 0 ? family : `${family}/${rest.join(':')}/login`;
}

/** The kind of the secret with this name in its tenant's folder; `undefined` when the secret is not ours. */
export function secretKindOf(name: string): SecretKind | undefined {
  if (name === 'owner' || name === 'app' || name === 'next') return name;
  const [, family, rest] = /^(branch|project)\/(.+)\/login$/.exec(name) ?? [];
  if (rest === undefined) return undefined;
  return family === 'branch' ? `branch:${rest}` : `project:${rest}`;
}

/** The update that undoes an offboarding. */
export const undoOffboardingUpdateName = 'undoOffboarding';

/** The project to which a run moves a tenant. Whatever happens to the run, its project is found by this name. */
export function nextProjectName(
  fleet: string,
  tenant: TenantId,
  installation: string,
  runId: string,
): string {
  return `${fleet}-${slug(tenant)}-${digest(`${installation}/${tenant}/${runId}`)}`;
}

/** The role that the tenant's logins have while their database is copied: read-only. */
export function appReaderName(tenant: TenantId): string {
  return `${appGroupName(tenant)}_reader`;
}

/** The same in every project: a project belongs to one tenant, so these names need no tenant in them. */
export const databaseName = 'app';
export const ownerRoleName = 'app_owner';
export const defaultBranchName = 'main';

/**
 * The default queue of a fleet's workers and clients. Fleet names have no slash, so no fleet's queue equals another's
 * with the suffix of a companion queue.
 */
export function defaultTaskQueue(fleet: string): string {
  return `${fleet}/tenantry`;
}

/** The deployment that the builds of a fleet's workers belong to. Temporal allows no dot or slash in it. */
export function defaultDeployment(fleet: string): string {
  return `tenantry-${fleet}`;
}

/**
 * The queues beside the workflows' queue, which also has the user's own activities. In a worker each queue has its
 * own slots, so that no activity waits behind slower ones.
 */
export const companionQueues = {
  /** Calls to Neon: this queue enforces Neon's rate limit. */
  neon: 'calls to Neon',
  /** Calls to Neon's consumption history, which has a rate limit of its own. */
  consumption: 'readings of usage',
  /** Steps on the catalog and on tenants' databases: seconds each. */
  steps: 'steps of seconds',
  /** The fleet's own code, which may take any time. */
  code: 'migrations and hooks',
  /** Disk and network work of minutes to hours. */
  heavy: 'dumps, copies and comparisons',
} as const satisfies Record<CompanionQueue, string>;

export const companionQueueNames = ['neon', 'consumption', 'steps', 'code', 'heavy'] as const;

export type CompanionQueue = (typeof companionQueueNames)[number];

export function companionQueue(taskQueue: string, of: CompanionQueue): string {
  return `${taskQueue}-${of}`;
}

/** A user-defined queue, beside ours. */
export function ownQueue(taskQueue: string, name: string): string {
  return `${taskQueue}-${name}`;
}

/** The update with which a person gives up a run's current step. */
export const giveUpUpdateName = 'giveUp';

/** The signal that a rollout's settings have changed. */
export const lookAgainSignalName = 'lookAgain';

/** The query with which every tenant workflow returns its progress. */
export const progressQueryName = 'progress';
