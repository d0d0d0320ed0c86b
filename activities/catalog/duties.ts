import type { Duty } from '../../catalog/duties.js';
import type { KeptKind } from '../../catalog/schema.js';
import type { ProjectRole } from '../../tenancy/project-role.js';
import type { Dependencies } from '../dependencies.js';
import type { NamedProject } from '../neon/find-projects.js';
import { failed } from '../observed-operation.js';
import { type TenantInput, writerOf } from '../tenant-input.js';
import type { NamedResource } from './note-resource.js';

/** What the sweep does with a project that is due. */
export interface ClaimedProject {
  readonly role: ProjectRole;
  /** Set for a project that stays: the sweep deletes only the duplicates that lost creates left behind. */
  readonly keep?: string;
}

/** Claims a due project for the sweep; returns nothing if it is no longer due. */
export function claimProject({ catalog }: Dependencies) {
  return async ({ name }: NamedProject): Promise<ClaimedProject | undefined> => {
    const project = await catalog.duties.claim(name);
    if (project === undefined) return undefined;
    const { role, neonId } = project;
    return { role, ...(role === 'condemned' || neonId === undefined ? {} : { keep: neonId }) };
  };
}

/** Every failure makes the wait longer, up to this many times the interval between two sweeps. */
const longestWait = 60;

/**
 * How often Neon may be busy with a project, or rate-limit us, before that is reported: a quarter of an hour
 * with a sweep every minute.
 */
const busyTries = 4;

/** Records why a duty failed; it stays due, and is retried later. */
export function postponeDuty({ catalog, fleet: { timings } }: Dependencies) {
  return ({ tenant, ...of }: TenantInput & DutyStep): Promise<void> => {
    const duty: Duty = 'project' in of ? { project: of.project } : { tenant, kind: of.kind, name: of.name };
    const quietly = of.isBusy ? busyTries : 0;
    const waits = { firstMs: timings.sweep, longestMs: timings.sweep * longestWait, quietly };
    return catalog.duties.postpone(duty, of.trouble, waits);
  };
}

export type DutyStep = { readonly trouble: string; readonly isBusy: boolean } & (
  | { readonly project: string }
  | NamedResource
);

/** Removes a deleted copy and its secret from the catalog, and records why it was deleted. */
export function forgetBranch({ catalog }: Dependencies) {
  return (
    input: TenantInput & { readonly name: string; readonly branchId?: string; readonly why: string },
  ): Promise<void> => {
    const { name, branchId, why } = input;
    return catalog.duties.forgetBranch(writerOf(input), { name, branchId }, why);
  };
}

/** A snapshot, or the state before a restore. */
export interface KeptInput extends TenantInput {
  readonly kind: KeptKind;
  readonly name: string;
}

/** Removes a deleted one from the catalog, and records why it was deleted. */
export function forgetKept({ catalog }: Dependencies) {
  return (input: KeptInput & { readonly neonId: string; readonly why: string }): Promise<void> => {
    const { kind, name, neonId, why } = input;
    return catalog.duties.forgetKept(writerOf(input), { kind, name, neonId }, why);
  };
}

/** Keeps an expired one for another period: Neon needs it for the live branch. */
export function keepLonger({ catalog, fleet: { timings } }: Dependencies) {
  return ({ tenant, kind, name }: KeptInput): Promise<void> =>
    catalog.duties.keepLonger(tenant, { kind, name }, timings.keptState);
}

/**
 * Records what came of a resource that a run was about to create when it was cut off; without an id, that a
 * look found nothing.
 */
export function settleIntended({ catalog, fleet: { timings } }: Dependencies) {
  return ({
    tenant,
    kind,
    name,
    neonId,
  }: TenantInput & NamedResource & { readonly neonId?: string }): Promise<void> =>
    catalog.duties.settleIntended(
      tenant,
      { kind, name, neonId },
      { lookMs: timings.createLook, keepMs: timings.keptState },
    );
}

/**
 * Ends an onboarding whose run was terminated: the tenant has failed, and the resources created for it are
 * condemned.
 */
export function giveUpOnboarding({ catalog, observeOperation }: Dependencies) {
  return async (input: TenantInput & { readonly runId: string }): Promise<void> => {
    const reason = await catalog.duties.giveUpOnboarding(writerOf(input), input.runId);
    if (reason !== undefined) observeOperation?.(failed('onboard', reason, true));
  };
}
