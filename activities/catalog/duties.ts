import type { Duty } from '../../catalog/duties.js';
import type { KeptKind } from '../../catalog/schema.js';
import type { ProjectRole } from '../../tenancy/project-role.js';
import type { Dependencies } from '../dependencies.js';
import type { NamedProject } from '../neon/find-projects.js';
import { failed } from '../observed-operation.js';
import { type TenantInput, writerOf } from '../tenant-input.js';
import type { NamedResource } from './note-resource.js';

/** What the sweep is to do with a project that is due. */
export interface ClaimedProject {
  readonly role: ProjectRole;
  /** Of a project that is not to go: only what lost creates have left besides. */
  readonly keep?: string;
}

/** Takes a project that is due into the sweep's hands; nothing where it is not due any more. */
export function claimProject({ catalog }: Dependencies) {
  return async ({ name }: NamedProject): Promise<ClaimedProject | undefined> => {
    const project = await catalog.duties.claim(name);
    if (project === undefined) return undefined;
    const { role, neonId } = project;
    return { role, ...(role === 'condemned' || neonId === undefined ? {} : { keep: neonId }) };
  };
}

/** Every failure makes the wait longer, up to this many times the time between two sweeps. */
const longestWait = 60;

/** How often Neon may be busy with a project, or limit us, before it is reported: a quarter of an hour, at a sweep a minute. */
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

/** Forgets a copy that is gone, and its secret, and notes why it went. */
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

/** Forgets one that is gone, and notes why it went. */
export function forgetKept({ catalog }: Dependencies) {
  return (input: KeptInput & { readonly neonId: string; readonly why: string }): Promise<void> => {
    const { kind, name, neonId, why } = input;
    return catalog.duties.forgetKept(writerOf(input), { kind, name, neonId }, why);
  };
}

/** Keeps one that has expired for as long again: Neon needs it for the live branch. */
export function keepLonger({ catalog, fleet: { timings } }: Dependencies) {
  return ({ tenant, kind, name }: KeptInput): Promise<void> =>
    catalog.duties.keepLonger(tenant, { kind, name }, timings.keptState);
}

/** Notes what has become of something that a run was about to make when it was cut off; without an id, that a look found nothing. */
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

/** Ends an onboarding whose run was terminated: the tenant has failed, and what was created for it is condemned. */
export function giveUpOnboarding({ catalog, observeOperation }: Dependencies) {
  return async (input: TenantInput & { readonly runId: string }): Promise<void> => {
    const reason = await catalog.duties.giveUpOnboarding(writerOf(input), input.runId);
    if (reason !== undefined) observeOperation?.(failed('onboard', reason, true));
  };
}
