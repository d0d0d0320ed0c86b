import type { ReasonDetails } from './failure-reason.js';
import type { FailureType } from './failures.js';
import { type TenantOperation, transitionOf } from './lifecycle.js';
import { operationWords } from './operation-words.js';
import type { TenantFilter } from './tenant-filter.js';

/** The operations that a rollout can run on many tenants. */
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

/** What a rollout does to each tenant: an operation, or a user-defined workflow. */
export type RolloutVerb = RolloutOperation | 'workflow';

export const rolloutVerbs = [...rolloutOperations, 'workflow'] as const satisfies readonly RolloutVerb[];

export function isOperation(verb: RolloutVerb): verb is RolloutOperation {
  return verb !== 'workflow';
}

/**
 * The state of a rollout. `stopped`: more tenants failed than `maxFailures` allows. `asleep`: only tenants whose
 * compute sleeps are left, and they are migrated when they wake. `aborting`: operations that have begun are still
 * finishing.
 */
export type RolloutState = 'running' | 'paused' | 'stopped' | 'asleep' | 'aborting' | 'aborted' | 'done';

/** The states in which a rollout proceeds by itself. */
export function goesOnByItself(state: RolloutState): boolean {
  return state === 'running' || state === 'aborting';
}

/** A rollout's run checks it at least every minute. After this time without a check, it has no run, in milliseconds. */
export const unattendedMs = 3 * 60_000;

/** The state of one tenant in a rollout. */
export const memberStates = ['waiting', 'running', 'asleep', 'succeeded', 'failed', 'skipped'] as const;

export type MemberState = (typeof memberStates)[number];

/**
 * Why a tenant failed or was skipped: the reason of its operation's failure, or that there was nothing to do, or that
 * another operation held the tenant for too long.
 */
export interface MemberReason extends ReasonDetails {
  readonly type: FailureType | 'NothingToDo' | 'Busy';
  readonly message: string;
}

/** The pace of a rollout. */
export interface RolloutPace {
  /** How many tenants run at once. */
  readonly parallel: number;
  /** When more tenants than this have failed, no more begin. */
  readonly maxFailures: number;
  /** How many tenants may begin in a minute; when absent, only `parallel` limits them. */
  readonly perMinute?: number | undefined;
}

/** A part of a rollout. The next wave begins after all its tenants are done and its soak is over. */
export interface Wave {
  /** Further restricts the tenants. @default any */
  readonly where?: TenantFilter | undefined;
  /** The most tenants, or `'10%'` of all. The last wave has all remaining tenants. @default all that match */
  readonly size?: number | `${number}%` | undefined;
  /** How many at once. @default the rollout's */
  readonly parallel?: number | undefined;
  /** How long after its end the next wave may begin, in milliseconds. @default 0 */
  readonly soakMs?: number | undefined;
}

/** The most tenants of `total` that a wave has. A percentage yields at least one. */
export function sizeOf(size: Wave['size'], total: number): number {
  if (typeof size !== 'string') return size ?? total;
  return Math.max(1, Math.round((Number.parseFloat(size) / 100) * total));
}

/** `migration to 0012_notes`, `change of plan to pro`: describes a rollout for people. */
export function rolloutWords(verb: RolloutVerb, request: Readonly<Record<string, unknown>>): string {
  if (!isOperation(verb)) return `workflow ${String(request.workflow)}`;
  const to = request.to ?? request.plan;
  return to === undefined ? operationWords[verb] : `${operationWords[verb]} to ${String(to)}`;
}

/** Why a running rollout begins no tenants for now, in words that continue "It waits: ". */
const pauseWords = {
  soak: 'the soak after the wave before',
  rate: 'as many have begun as may in a minute',
  busy: 'another operation holds those that are left',
};

export type RolloutPause = keyof typeof pauseWords;

/** A rollout's progress and its current wait, as Markdown for its run's page in Temporal's UI. */
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

/** The settled states in which a verb cannot begin: a rollout skips tenants in them. */
export function skippedStates(verb: RolloutVerb): readonly string[] {
  const settled = ['ready', 'suspended', 'failed', 'offboarded'] as const;
  if (!isOperation(verb)) return settled.filter((state) => state !== 'ready');
  const { from } = transitionOf(verb);
  return settled.filter((state) => !from.includes(state));
}
