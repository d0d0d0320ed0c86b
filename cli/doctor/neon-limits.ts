import type { Plan } from '../../tenancy/plan.js';
import type { AccountLimits } from '../../worker/check-neon.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { neonOf } from './neon.js';

/** No plan exceeds the account's limits, as far as Neon reports them. */
export const neonLimits: Check = {
  name: 'neon-limits',
  needs: ['fleet', 'neon-key'],
  async make(subject) {
    const [{ plans }, limits] = await Promise.all([
      readFleet(subject.read('TENANTRY_CONFIG')),
      neonOf(subject).limits(),
    ]);
    const found = Object.entries(plans).flatMap(([name, plan]) =>
      beyond(plan, limits).map((what) => `plan "${name}" asks for ${what}`),
    );
    const at = limits.plan === undefined ? 'the account' : `the plan ${limits.plan} at Neon`;
    if (found.length === 0) return ok(`no plan asks for more than ${at} is known to allow`);
    return problem(
      `${found.join('; ')}: ${at} allows no more`,
      "lower it in the fleet's file, or change the plan at Neon",
    );
  },
};

function beyond({ compute, historyRetentionSeconds }: Plan, limits: AccountLimits): string[] {
  const { maxCu = Number.POSITIVE_INFINITY, historyRetentionSeconds: longest = Number.POSITIVE_INFINITY } =
    limits;
  return [
    ...(compute.maxCu > maxCu ? [`compute.maxCu ${compute.maxCu} where ${maxCu} is the most`] : []),
    ...((historyRetentionSeconds ?? 0) > longest
      ? [`historyRetentionSeconds ${historyRetentionSeconds} where ${longest} is the most`]
      : []),
  ];
}
