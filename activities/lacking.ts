import type { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { failure } from '../tenancy/failures.js';
import type { Fleet } from '../tenancy/fleet.js';
import { type HookName, hookNames } from '../tenancy/hooks.js';
import { attemptNotes, leaveNote } from './attempt-notes.js';

/*
 * During a deploy, workers of two releases take the same steps, and a run may need something that only one
 * release has. So a plan, hook or migration that this worker's fleet lacks is a reason to wait for another
 * worker, and for `timings.deployGrace` no reason to fail.
 */

export function lackingPlan(fleet: Fleet, name: string): ApplicationFailure {
  return lacking(fleet, 'UnknownPlan', {
    what: `the plan "${name}"`,
    here: Object.keys(fleet.plans),
    cure: 'if it was renamed or taken out while tenants have it, put it back',
  });
}

/** The plan has other settings here than where its pool began to be filled. */
export function lackingPlanAsBegun(fleet: Fleet, name: string): ApplicationFailure {
  return lacking(fleet, 'UnknownPlan', {
    what: `the plan "${name}" with the settings that its pool is being filled with`,
    here: ['others'],
    cure: 'if it was changed since, do nothing: the pool is filled again',
  });
}

export function lackingHook(fleet: Fleet, name: HookName): ApplicationFailure {
  return lacking(fleet, 'UnknownHook', {
    what: `the hook "${name}"`,
    here: hookNames(fleet.hooks),
    cure: 'if it was taken out, put it back until what began with it is done',
  });
}

export function lackingMigration(fleet: Fleet, name: string, here: readonly string[]): ApplicationFailure {
  return lacking(fleet, 'UnknownMigration', {
    what: `the migration ${name}.sql`,
    here: here.slice(-newestNamed),
    cure: 'if it was taken out, put it back',
  });
}

/** How many of a folder's files the message names. */
const newestNamed = 3;

function lacking(
  { name, timings: { deployGrace } }: Fleet,
  type: 'UnknownPlan' | 'UnknownHook' | 'UnknownMigration',
  { what, here, cure }: { readonly what: string; readonly here: readonly string[]; readonly cure: string },
): ApplicationFailure {
  const wanted = `a worker whose fleet "${name}" has ${what}`;
  const since = lackingSince();
  const until = since + deployGrace;
  if (Date.now() < until) {
    const has = here.length === 0 ? 'none' : here.join(', ');
    return failure(
      type,
      `waiting for ${wanted}, until ${new Date(until).toISOString()}; this one has ${has}`,
    );
  }
  const waited = `${wanted} did not come within ${deployGrace / 1000} s`;
  return failure(type, `${waited}. Deploy one, or, ${cure}; then ask again`, { nonRetryable: true });
}

const note = z.object({ lackingSince: z.number() });

/** When an attempt of this activity first met a worker that lacks something. */
function lackingSince(): number {
  const { lackingSince } = note.safeParse(attemptNotes()).data ?? { lackingSince: Date.now() };
  leaveNote({ lackingSince });
  return lackingSince;
}
