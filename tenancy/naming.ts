import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { SecretKind } from './secret-store.js';
import type { TenantId } from './tenant-id.js';

/*
 * Every name that Tenantry gives to something is made here, from what never changes: the fleet's name, the tenant's
 * id, the installation. A name with a time or a fresh random part in it can never be found again after a lost reply.
 *
 * Ids that differ only in what a name cannot carry (`C2` and `c2`, long ones cut off) stay apart by a digest of the
 * raw id: 12 characters of 5 bits, so a clash among a million tenants has a chance of about one in two million, and
 * the catalog refuses a second tenant with the same project or role name besides.
 */

/** Crockford's alphabet, in lower case: no letter that is mistaken for a digit. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const digestLength = 12;
const longestSlug = 24;

function digest(raw: string): string {
  return written(sha256(new TextEncoder().encode(raw)), digestLength);
}

function written(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => alphabet[byte & 31]).join('');
}

/** The part of a name that people read: lower-case ASCII letters, digits and hyphens. */
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

/** `acme-3k9f…`: readable, and one tenant's alone. */
function distinctName(tenant: TenantId): string {
  return `${slug(tenant)}-${digest(tenant)}`;
}

/**
 * The Neon project of a tenant. Neon does not keep names unique; we do. The digest takes in the catalog's installation
 * id: two installations that share an organization and a fleet's name never meet in one project.
 */
export function projectName(fleet: string, tenant: TenantId, installation: string): string {
  return `${fleet}-${slug(tenant)}-${digest(`${installation}/${tenant}`)}`;
}

/**
 * What stands for a tenant where its id may not be seen: of 16 characters, so that none is mistaken for another. The installation's id
 * is its key, because ids that are e-mail addresses can be guessed.
 */
export function tenantDigest(installation: string, fleet: string, tenant: TenantId): string {
  const encoder = new TextEncoder();
  return written(hmac(sha256, encoder.encode(installation), encoder.encode(`${fleet}/${tenant}`)), 16);
}

/**
 * One id for every operation of a tenant, so that the server lets one run at a time.
 * @param visible What stands for the tenant, where that is not its id.
 */
export function tenantWorkflowId(fleet: string, tenant: TenantId, visible?: string): string {
  return `tenant/${fleet}/${visible ?? distinctName(tenant)}`;
}

/** A schedule of a fleet; the runs it starts are named so too, with their time. The name left empty is the prefix. */
export function scheduleId(fleet: string, name: string): string {
  return `schedule/${fleet}/${name}`;
}

/** Owns what the tenant's application makes; nobody logs in as it. */
export function appGroupName(tenant: TenantId): string {
  return `tenant_${distinctName(tenant).replaceAll('-', '_')}`;
}

/** The login in the group. A second one stands beside it while credentials rotate. */
export function appRoleName(tenant: TenantId): string {
  return `${appGroupName(tenant)}_a`;
}

/** The login that takes the place of the present one: two alternate. */
export function nextAppRoleName(tenant: TenantId, present: string): string {
  const first = appRoleName(tenant);
  return present === first ? `${appGroupName(tenant)}_b` : first;
}

/** A snapshot that was given no name. A run that is tried again finds the one that it took. */
export function snapshotName(runId: string): string {
  return `snapshot-${digest(runId)}`;
}

/** What a tenant's database held before the restore that a run makes: the name of a branch at Neon. */
export function keptStateName(runId: string): string {
  return `before-restore-${digest(runId)}`;
}

/** What a snapshot is restored to, until it has taken the live branch's place. */
export function restoredBranchName(runId: string): string {
  return `restored-${digest(runId)}`;
}

/** A copy of a tenant's database, as it is called at Neon. */
export function supportBranchName(name: string): string {
  return `support/${name}`;
}

/** The copy that a run rehearses migrations on. A run that is tried again finds the one that it made. */
export function rehearsalName(runId: string): string {
  return `rehearsal-${digest(runId)}`;
}

/** The copy that a drill restores a snapshot to. A run that is tried again finds the one that it made. */
export function drillName(runId: string): string {
  return `drill-${digest(runId)}`;
}

/** What a backup that is begun at a moment is called: `backup-20261128t023000z`. */
export function backupName(at: Date): string {
  return `backup-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z`;
}

/** The login of such a copy, there alone. */
export function supportRoleName(name: string): string {
  return `support_${name.replaceAll('-', '_')}_${digest(name)}`;
}

/** Deletes a copy before its time is up. */
export function removeBranchId(fleet: string, tenant: TenantId, name: string, visible?: string): string {
  return `branch/${fleet}/${visible ?? distinctName(tenant)}/${name}`;
}

/** Deletes a snapshot. It has Neon's id, for its name is free again once it has expired. */
export function removeSnapshotId(
  fleet: string,
  tenant: TenantId,
  snapshotId: string,
  visible?: string,
): string {
  return `snapshot/${fleet}/${visible ?? distinctName(tenant)}/${snapshotId}`;
}

/** Looks for what is due in a fleet, again and again; the runs that it starts are named so too, with their time. */
export function sweepScheduleId(fleet: string): string {
  return `sweep/${fleet}`;
}

/** Compares the catalog with the world, again and again; the runs that it starts are named so too, with their time. */
export function reconcileScheduleId(fleet: string): string {
  return `reconcile/${fleet}`;
}

/** Reads what a fleet's tenants have used, again and again; the runs that it starts are named so too, with their time. */
export function meterScheduleId(fleet: string): string {
  return `meter/${fleet}`;
}

/** Takes the backups that are due, again and again. */
export function backUpScheduleId(fleet: string): string {
  return `back-up/${fleet}`;
}

/** Proves a backup, again and again. */
export function drillScheduleId(fleet: string): string {
  return `drill/${fleet}`;
}

/** One id for a rollout, so that one run of it goes on at a time. */
export function rolloutWorkflowId(fleet: string, rollout: string): string {
  return `rollout/${fleet}/${rollout}`;
}

/** One id for an endpoint of events, so that one run sends to it at a time. */
export function eventsWorkflowId(fleet: string, endpoint: string): string {
  return `events/${fleet}/${endpoint}`;
}

/** The rollout that has this workflow id; `undefined` where it is no rollout's. */
export function rolloutIn(fleet: string, workflowId: string): string | undefined {
  const prefix = rolloutWorkflowId(fleet, '');
  return workflowId.startsWith(prefix) ? workflowId.slice(prefix.length) : undefined;
}

/** A workflow of the user's that a rollout runs for a tenant: once. */
export function rolloutMemberId(fleet: string, rollout: string, tenant: TenantId, visible?: string): string {
  return `${rolloutWorkflowId(fleet, rollout)}/${visible ?? distinctName(tenant)}`;
}

/** The file that an offboarding leaves of a tenant's database. A run that is tried again finds the one that it made. */
export function exportFileName(fleet: string, tenant: TenantId, runId: string): string {
  return `${fleet}-${distinctName(tenant)}-${digest(runId)}.dump`;
}

/** What the names of all secrets of a tenant begin with, in a store that has one name space for many. */
export function secretsFolder(fleet: string, tenant: TenantId): string {
  return `${fleet}/${distinctName(tenant)}/`;
}

/** A secret within its tenant's folder: a path, for what comes after the colon may be anybody's word. */
export function secretName(kind: SecretKind): string {
  const [family = '', ...rest] = kind.split(':');
  return rest.length === 0 ? family : `${family}/${rest.join(':')}/login`;
}

/** The kind of the secret that has this name in its tenant's folder; `undefined` when it is none of ours. */
export function secretKindOf(name: string): SecretKind | undefined {
  if (name === 'owner' || name === 'app' || name === 'next') return name;
  const [, family, rest] = /^(branch|project)\/(.+)\/login$/.exec(name) ?? [];
  if (rest === undefined) return undefined;
  return family === 'branch' ? `branch:${rest}` : `project:${rest}`;
}

/** The update that takes an offboarding back. */
export const undoOffboardingUpdateName = 'undoOffboarding';

/** The project that a run moves a tenant to. Whatever becomes of the run, what it made is found by this name. */
export function nextProjectName(
  fleet: string,
  tenant: TenantId,
  installation: string,
  runId: string,
): string {
  return `${fleet}-${slug(tenant)}-${digest(`${installation}/${tenant}/${runId}`)}`;
}

/** What the tenant's logins work as while their database is copied: it reads, and no more. */
export function appReaderName(tenant: TenantId): string {
  return `${appGroupName(tenant)}_reader`;
}

/** In every project alike: a project is one tenant's, so these need not tell tenants apart. */
export const databaseName = 'app';
export const ownerRoleName = 'app_owner';
export const defaultBranchName = 'main';

/**
 * The queue that a fleet's workers and clients meet on when nothing else is said. No fleet's name has a slash in it, so no
 * fleet's queue is what another one's is called with the suffix of a companion.
 */
export function defaultTaskQueue(fleet: string): string {
  return `${fleet}/tenantry`;
}

/** What the builds of a fleet's workers are builds of. Temporal takes no dot and no slash there. */
export function defaultDeployment(fleet: string): string {
  return `tenantry-${fleet}`;
}

/**
 * The queues beside the one of the workflows, which the user's own activities are on too. Each has its own slots in a
 * worker, so that nothing waits behind what takes longer than itself.
 */
export const companionQueues = {
  /** Calls to Neon: it carries Neon's rate limit. */
  neon: 'calls to Neon',
  /** On the catalog and on tenants' databases: seconds each. */
  steps: 'steps of seconds',
  /** The fleet's own code, which takes as long as it takes. */
  code: 'migrations and hooks',
  /** Minutes to hours of disk and network. */
  heavy: 'dumps, copies and comparisons',
} as const satisfies Record<CompanionQueue, string>;

export const companionQueueNames = ['neon', 'steps', 'code', 'heavy'] as const;

export type CompanionQueue = (typeof companionQueueNames)[number];

export function companionQueue(taskQueue: string, of: CompanionQueue): string {
  return `${taskQueue}-${of}`;
}

/** A queue of the user's own, beside ours. */
export function ownQueue(taskQueue: string, name: string): string {
  return `${taskQueue}-${name}`;
}

/** The update by which a person gives up the step that a run is at. */
export const giveUpUpdateName = 'giveUp';

/** The signal that what is wanted of a rollout has changed. */
export const lookAgainSignalName = 'lookAgain';

/** The query that every workflow of a tenant answers with its progress. */
export const progressQueryName = 'progress';
