import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Influence, Reply } from '../api/route.js';
import { locked } from '../errors.js';
import type { FateOf } from '../operations/step.js';
import { tooManyRequests } from '../server/rate-limits.js';
import type { Fate } from '../state/records.js';
import type { CallEffect } from './fault-input.js';
import type { Fault, Faults } from './faults.js';
import { withoutProjects } from './project-list.js';

/** The call ends without an answer: its socket is destroyed. */
export const noAnswer = Symbol('no answer');

/** Lets the call take effect, under an influence. */
export type Apply = (influence?: Influence) => Promise<Reply>;

export interface Strike<E extends CallEffect> {
  readonly effect: E;
  readonly fault: Fault;
  readonly faults: Faults;
  readonly apply: Apply;
  readonly query: unknown;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
}

type Effects = {
  readonly [K in CallEffect['kind']]: (
    strike: Strike<Extract<CallEffect, { kind: K }>>,
  ) => Promise<Reply | typeof noAnswer>;
};

/** How long Neon waits for the details of projects when a caller does not say; the value is our choice. */
const implicitListTimeoutMs = 10_000;
const listTimeout = z.object({ timeout: z.coerce.number().default(implicitListTimeoutMs) });

const effects: Effects = {
  async 'drop-after-apply'({ apply }) {
    await apply();
    return noAnswer;
  },

  async 'hold-before-apply'({ fault, faults, apply, gone }) {
    await faults.lifted(fault.id, gone);
    return apply();
  },

  async 'hold-after-apply'({ fault, faults, apply, gone }) {
    const reply = await apply();
    await faults.lifted(fault.id, gone);
    return reply;
  },

  async delay({ effect, apply, gone }) {
    await sleep(effect.ms, undefined, { signal: gone });
    return apply();
  },

  /** Unlike a delay it happens although its client has long gone: nobody can know when it is too late to look. */
  async 'late-apply'({ effect, fault, faults, apply }) {
    const { stopping } = faults;
    const late =
      effect.ms === undefined ? [] : [sleep(effect.ms, undefined, { signal: stopping, ref: false })];
    await Promise.race([faults.lifted(fault.id), ...late]);
    return apply();
  },

  async status({ effect, apply }) {
    if (effect.apply) await apply();
    return { status: effect.status, body: effect.body, headers: effect.headers };
  },

  async locked() {
    throw locked();
  },

  async 'rate-limit'({ effect: { retry_after, retry_after_form } }) {
    const { status, code, message } = tooManyRequests();
    const date = new Date(Date.now() + (retry_after ?? 0) * 1000).toUTCString();
    return {
      status,
      body: { code, message },
      headers:
        retry_after === undefined
          ? {}
          : { 'retry-after': retry_after_form === 'date' ? date : String(retry_after) },
    };
  },

  'fail-operation': ({ effect, apply }) =>
    apply({ fateOf: fated(effect.action, { kind: 'end', status: effect.status }) }),

  'retry-operation': ({ effect: { action, failures, after_ms }, apply }) =>
    apply({ fateOf: fated(action, { kind: 'recover', failures, afterMs: after_ms }) }),

  'hang-operation': ({ effect, fault, apply }) =>
    apply({ fateOf: fated(effect.action, { kind: 'hang', faultId: fault.id }) }),

  'slow-operation': ({ effect, apply }) =>
    apply({ fateOf: fated(effect.action, { kind: 'last', ms: effect.ms }) }),

  async 'incomplete-list'({ effect, apply }) {
    return withoutProjects(await apply(), effect.unavailable_project_ids);
  },

  /** The details of some projects take long; whoever does not wait so long is told which are missing. */
  async 'slow-list'({ effect, apply, query, gone }) {
    const { timeout } = listTimeout.parse(query);
    await sleep(Math.min(effect.ms, timeout), undefined, { signal: gone });
    const reply = await apply();
    return effect.ms > timeout ? withoutProjects(reply, effect.project_ids) : reply;
  },

  'lagging-list': ({ effect, apply }) => apply({ listLagMs: effect.ms }),
};

function fated(wanted: string | undefined, fate: Fate): FateOf {
  return (action) => (wanted === undefined || wanted === action ? fate : undefined);
}

/** Carries a call out under a fault. @throws what the call throws. */
export function struck(fault: Fault<CallEffect>, strike: Omit<Strike<CallEffect>, 'effect' | 'fault'>) {
  const { effect } = fault;
  // Kind and effect belong together by construction, which the type of a looked-up function cannot say.
  const carryOut = effects[effect.kind] as (strike: Strike<CallEffect>) => Promise<Reply | typeof noAnswer>;
  return carryOut({ ...strike, effect, fault });
}
