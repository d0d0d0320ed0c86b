import type { Rollout, RolloutMember, RolloutPreview } from '../client/index.js';
import { ownCommand } from '../local/own-command.js';
import { rolloutWorkflowId } from '../tenancy/naming.js';
import { goesOnByItself, memberStates, rolloutWords, unattendedMs } from '../tenancy/rollout.js';
import { age } from './age.js';
import { table } from './table.js';

/** A rollout in the output of `--json`. Fields are only ever added. */
export function rolloutView(rollout: Rollout) {
  const { id, verb, request, filter, waves, pace, state, wave, counts, waveCounts, isEnrolled } = rollout;
  return {
    ...{ id, verb, request, where: filter, waves, state, wave, counts, waveCounts, isEnrolled },
    parallel: pace.parallel,
    maxFailures: pace.maxFailures,
    perMinute: pace.perMinute ?? null,
    trouble: rollout.trouble ?? null,
    heldBack: rollout.heldBack ?? null,
    wakeAt: rollout.wakeAt?.toISOString() ?? null,
    createdAt: rollout.createdAt.toISOString(),
    seenAt: rollout.seenAt.toISOString(),
    endedAt: rollout.endedAt?.toISOString() ?? null,
  };
}

/** One of its tenants in the output of `--json`. */
export function memberView({ tenantId, wave, state, reason, beganAt, endedAt }: RolloutMember) {
  return {
    id: tenantId,
    wave,
    state,
    reason: reason ?? null,
    beganAt: beganAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}

function treated({ counts }: Rollout): number {
  return counts.succeeded + counts.failed + counts.skipped;
}

function all({ counts }: Rollout): number {
  return memberStates.reduce((sum, state) => sum + counts[state], 0);
}

/** The progress on one line. */
export function rolloutLine(rollout: Rollout): string {
  const { state, counts, wave, waves, opensAt } = rollout;
  const of = rollout.isEnrolled ? `${treated(rollout)} of ${all(rollout)}` : 'finding out who is meant';
  const soaks = state === 'running' && opensAt.getTime() > Date.now();
  const from = soaks ? `, which begins at ${opensAt.toISOString().slice(11, 19)} UTC` : '';
  const part = waves.length === 1 ? '' : `, wave ${wave + 1} of ${waves.length}${from}`;
  const told = (['running', 'asleep', 'failed', 'skipped'] as const)
    .filter((each) => counts[each] > 0)
    .map((each) => `${counts[each]} ${each}`);
  return [`${state}: ${of}${part}`, ...told].join(', ');
}

/** The rollouts as rows of a table. */
export function rolloutRows(rollouts: readonly Rollout[]): string[][] {
  return [
    ['rollout', 'what', 'state', 'treated', 'failed', 'age'],
    ...rollouts.map((rollout) => [
      rollout.id,
      rolloutWords(rollout.verb, rollout.request),
      rollout.state,
      `${treated(rollout)} of ${all(rollout)}`,
      String(rollout.counts.failed),
      age(rollout.createdAt),
    ]),
  ];
}

/** All details of a rollout, with the commands that are possible now. */
export function rolloutLines(rollout: Rollout): string[] {
  const { id, verb, request, waveCounts, state, trouble, heldBack, wakeAt, counts } = rollout;
  return [
    `${rolloutWords(verb, request)}: ${rolloutLine(rollout)}`,
    table([
      ['wave', ...memberStates],
      ...waveCounts.map((each, at) => [String(at + 1), ...memberStates.map((of) => String(each[of]))]),
    ]),
    ...(trouble === undefined ? [] : [`it cannot go on: ${trouble}`]),
    ...(isUnattended(rollout)
      ? [
          `no worker has looked at it for ${age(rollout.seenAt)}; its run in Temporal, ${rolloutWorkflowId(rollout.fleet, id)}, and ${ownCommand} doctor say more`,
        ]
      : []),
    ...(heldBack === undefined ? [] : [heldBack]),
    ...(state === 'asleep' && wakeAt !== undefined
      ? [`those that sleep are migrated when they wake, or woken at ${wakeAt.toISOString()}`]
      : []),
    ...(counts.failed > 0 ? [`  who failed, and why:  ${ownCommand} fleet report ${id} --state failed`] : []),
    ...nextOf(rollout),
  ];
}

/** Whether nothing advances the rollout: there is no worker, or it fails repeatedly. */
function isUnattended({ state, seenAt }: Rollout): boolean {
  return goesOnByItself(state) && Date.now() - seenAt.getTime() > unattendedMs;
}

function nextOf({ id, state, counts }: Rollout): string[] {
  const command = (words: string, verb: string) => `  ${words} ${ownCommand} fleet ${verb} ${id}`;
  if (state === 'running') return [command('to pause it:         ', 'pause')];
  if (state === 'paused') return [command('to go on with it:    ', 'continue')];
  if (state === 'stopped')
    return [command('once that is mended: ', 'retry'), command('to give it up:       ', 'abort')];
  return counts.failed > 0 ? [command('to treat them again: ', 'retry')] : [];
}

/** The output of a dry run. */
export function previewLines({
  tenants,
  skipped,
  waves,
  sample,
  seconds,
  secondsEach,
}: RolloutPreview): string[] {
  const more = tenants + skipped - sample.length;
  return [
    `${tenants} to be treated, ${skipped} to be skipped for their state`,
    ...(waves.length === 1 ? [] : [`waves: ${waves.join(', ')}`]),
    ...(sample.length === 0 ? [] : [`among them ${sample.join(', ')}${more > 0 ? ` and ${more} more` : ''}`]),
    seconds === undefined || secondsEach === undefined
      ? 'how long it takes is not known: no such operation is on record yet'
      : `about ${Math.ceil(seconds)} s, since such operations took ${secondsEach.toFixed(1)} s lately`,
    'nothing was done',
  ];
}
