import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Reply } from '../api/route.js';
import type { FateOf } from '../operations/step.js';
import type { Effect, Fault, Faults } from './faults.js';

/** The call ends without an answer: its socket is destroyed. */
export const noAnswer = Symbol('no answer');

/** Lets the call take effect, its operations fated. */
export type Apply = (fateOf?: FateOf) => Promise<Reply>;

interface Strike<E extends Effect> {
  readonly effect: E;
  readonly fault: Fault;
  readonly faults: Faults;
  readonly apply: Apply;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
}

type Effects = {
  readonly [K in Effect['kind']]: (
    strike: Strike<Extract<Effect, { kind: K }>>,
  ) => Promise<Reply | typeof noAnswer>;
};

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

  async status({ effect, apply }) {
    if (effect.apply) await apply();
    return { status: effect.status, body: effect.body, headers: effect.headers };
  },

  'fail-operation'({ effect, apply }) {
    return apply((action) =>
      effect.action === undefined || effect.action === action
        ? { kind: 'end', status: effect.status }
        : undefined,
    );
  },

  'hang-operation'({ effect, fault, apply }) {
    return apply((action) =>
      effect.action === undefined || effect.action === action
        ? { kind: 'hang', faultId: fault.id }
        : undefined,
    );
  },

  async 'incomplete-list'({ effect, apply }) {
    const reply = await apply();
    const list = z
      .looseObject({ projects: z.array(z.looseObject({ id: z.string() })) })
      .safeParse(reply.body);
    if (!list.success) return reply;
    const unavailable = effect.unavailable_project_ids;
    const projects = list.data.projects.filter(({ id }) => !unavailable.includes(id));
    return { ...reply, body: { ...list.data, projects, unavailable_project_ids: unavailable } };
  },
};

/** Carries a call out under a fault. @throws what the call throws. */
export function struck(
  fault: Fault,
  faults: Faults,
  apply: Apply,
  gone: AbortSignal,
): Promise<Reply | typeof noAnswer> {
  const { effect } = fault;
  // Kind and effect belong together by construction, which the type of a looked-up function cannot say.
  const carryOut = effects[effect.kind] as (strike: Strike<Effect>) => Promise<Reply | typeof noAnswer>;
  return carryOut({ effect, fault, faults, apply, gone });
}
