import type { ReasonDetails } from './failure-reason.js';
import type { FailureType } from './failures.js';
import { type TenantOperation, transitionOf } from './lifecycle.js';
import { operationWords } from './operation-words.js';
import type { TenantFilter } from './tenant-filter.js';

/** The operations that a rollout can do to many tenants. */
export const rolloutOperations = [
  'migrate',
  'changePlan',
  'rotateCredentials',
  'suspend',
  'resume',
  'snapshot',
  'branch',
  'repair',
] as const satisfies readonly TenantOperation[];

export type RolloutOperation = (typeof rolloutOperations)[number];

/** What is done to each tenant: an operation, or a workflow of the user's. */
export type RolloutVerb = RolloutOperation | 'workflow';

export const rolloutVerbs = [...rolloutOperations, 'workflow'] as const satisfies readonly RolloutVerb[];

export function isOperation(verb: RolloutVerb): verb is RolloutOperation {
  return verb !== 'workflow';
}

/**
 * Where a rollout stands. `stopped`: more tenants failed than `maxFailures` allows. `asleep`: all is done but tenants whose compute
 * sleeps, which are migrated when they wake. `aborting`: what had begun comes to its end.
 */
export type RolloutState = 'running' | 'paused' | 'stopped' | 'asleep' | 'aborting' | 'aborted' | 'done';

/** States in which more happens by itself. */
export function goesOnByItself(state: RolloutState): boolean {
  return state === 'running' || state === 'aborting';
}

/** A rollout's run looks at least every minute: one that nobody has looked at for so long has none, in milliseconds. */
export const unattendedMs = 3 * 60_000;

/** What has become of one tenant in a rollout. */
export const memberStates = ['waiting', 'running', 'asleep', 'succeeded', 'failed', 'skipped'] as const;

export type MemberState = (typeof memberStates)[number];

/**
 * Why a tenant failed or was skipped: the reason that its operation ended with, or that nothing was to be done, or that another
 * operation had it in its hands for too long.
 */
export interface MemberReason extends ReasonDetails {
  readonly type: FailureType | 'NothingToDo' | 'Busy';
  readonly message: string;
}

/** How a rollout goes about it. */
export interface RolloutPace {
  /** How many tenants at once. */
  readonly parallel: number;
  /** When more than this many have failed, nothing more begins. */
  readonly maxFailures: number;
  /** How many may begin in a minute; absent for as many as `parallel` allows. */
  readonly perMinute?: number | undefined;
}

/** A part of a rollout: the next one begins once every tenant of it has been treated, and its soak is over. */
export interface Wave {
  /** Only tenants that match as well. @default any */
  readonly where?: TenantFilter | undefined;
  /** How many tenants at most, or `'10%'` of all. The last wave has all that are left. @default all that match */
  readonly size?: number | `${number}%` | undefined;
  /** How many at once. @default the rollout's */
  readonly parallel?: number | undefined;
  /** How long after its end the next wave may begin, in milliseconds. @default 0 */
  readonly soakMs?: number | undefined;
}

/** How many of `total` tenants a wave has at most. A percentage is of at least one. */
export function sizeOf(size: Wave['size'], total: number): number {
  if (typeof size !== 'string') return size ?? total;
  return Math.max(1, Math.round((Number.parseFloat(size) / 100) * total));
}

/** `migration to 0012_notes`, `change of plan to pro`: what a rollout does, for people. */
export function rolloutWords(verb: RolloutVerb, request: Readonly<Record<string, unknown>>): string {
  if (!isOperation(verb)) return `workflow ${String(request.workflow)}`;
  const to = request.to ?? request.plan;
  return to === undefined ? operationWords[verb] : `${operationWords[verb]} to ${String(to)}`;
}

/** Why a rollout that is running begins nothing for now, in words that go on from "It waits: ". */
const pauseWords = {
  soak: 'the soak after the wave before',
  rate: 'as many have begun as may in a minute',
  busy: 'another operation holds those that are left',
};

export type RolloutPause = keyof typeof pauseWords;

/** How far a rollout is, and what it waits for, as Markdown for its run's page in Temporal's UI. */
export function rolloutDetails({
  state,
  wave,
  waves,
  wait,
}: {
  readonly wait?: { readonly for: RolloutPause; readonly until: string } | undefined;
  readonly state: RolloutState;
  readonly wave: number;
  readonly waves: readonly Readonly<Record<MemberState, number>>[];
}): string {
  const rows = waves.map((counts, at) => [
    at === wave && goesOnByItself(state) ? `▶ ${at + 1}` : String(at + 1),
    ...memberStates.map((each) => String(counts[each])),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `**${state}**`,
    '',
    line(['wave', ...memberStates]),
    line(['wave', ...memberStates].map(() => '---')),
    ...rows.map(line),
    ...(wait === undefined ? [] : ['', `**It waits:** ${pauseWords[wait.for]}, until ${wait.until}`]),
  ].join('\n');
}

/** The states that last in which a verb cannot begin: tenants in them are skipped. */
export function skippedStates(verb: RolloutVerb): readonly string[] {
  const settled = ['ready', 'suspended', 'failed', 'offboarded'] as const;
  if (!isOperation(verb)) return settled.filter((state) => state !== 'ready');
  const { from } = transitionOf(verb);
  return settled.filter((state) => !from.includes(state));
}
