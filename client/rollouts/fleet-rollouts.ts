import { randomBytes } from 'node:crypto';
import type { Meant, SchemaCount } from '../../catalog/rollout-preview.js';
import type { Rollout } from '../../catalog/rollouts.js';
import { isOperation, rolloutWords, skippedStates } from '../../tenancy/rollout.js';
import { tenantFilterSchema } from '../../tenancy/tenant-filter.js';
import { RolloutUnderWayError } from '../errors.js';
import { type CostOptions, type FleetCost, fleetCost } from '../fleet-cost.js';
import { refuseUnknownPlans } from '../known-plans.js';
import { lookAgain, type RolloutStarter } from './known-rollout.js';
import { RolloutHandle } from './rollout-handle.js';
import {
  type CheckedRollout,
  checkedRollout,
  isSameRollout,
  type RolloutRequest,
} from './rollout-request.js';

/** The effect that a rollout would have. */
export interface RolloutPreview extends Meant {
  /** The number of tenants that it would treat. */
  readonly tenants: number;
  /** The number of matching tenants that it would skip, because their state does not allow the operation. */
  readonly skipped: number;
  /**
   * The expected duration, in seconds, based on recent operations of this kind; absent when there are none on record.
   */
  readonly seconds?: number;
}

/** Rollouts: work on many tenants at once, which continues without the process that started it. */
export class FleetRollouts<PlanName extends string = string> {
  readonly #starter: RolloutStarter;

  constructor(starter: RolloutStarter) {
    this.#starter = starter;
  }

  /**
   * Starts a rollout, or joins the same one if it is under way. Throws `RequestUnfitError`, `UnknownPlanError`,
   * `TemporalUnreachableError`; `RolloutUnderWayError` when another rollout is migrating the fleet, or the same one
   * is being aborted.
   */
  async start(request: RolloutRequest<PlanName>): Promise<RolloutHandle> {
    const { fleet, catalog } = this.#starter;
    const asked = await this.#checked(request);
    const { wakeAfterMs } = asked;
    const rollout = await catalog.rollouts.begin({
      ...asked,
      fleet: fleet.name,
      id: `${idWord(asked.verb)}-${randomBytes(5).toString('hex')}`,
      wakeAt: wakeAfterMs === undefined ? undefined : new Date(Date.now() + wakeAfterMs),
    });
    if (!isSameRollout(rollout, asked) || rollout.state === 'aborting')
      throw new RolloutUnderWayError(rollout.id, rolloutWords(rollout.verb, rollout.request));
    const handle = new RolloutHandle(this.#starter, rollout.id);
    await lookAgain(this.#starter, rollout);
    return handle;
  }

  /**
   * Returns what `start` would do: reads the catalog, and changes nothing. Throws `RequestUnfitError`,
   * `UnknownPlanError`.
   */
  async preview(request: RolloutRequest<PlanName>): Promise<RolloutPreview> {
    const { fleet, catalog } = this.#starter;
    const { verb, filter, waves, pace } = await this.#checked(request);
    const found = await catalog.rollouts.preview(fleet.name, {
      filter,
      waves,
      operation: isOperation(verb) ? verb : undefined,
    });
    const unfit = skippedStates(verb);
    const count = (wanted: boolean) =>
      Object.entries(found.byState)
        .filter(([state]) => unfit.includes(state) !== wanted)
        .reduce((sum, [, tenants]) => sum + tenants, 0);
    const tenants = count(true);
    return {
      ...found,
      tenants,
      skipped: count(false),
      ...(found.secondsEach === undefined
        ? {}
        : { seconds: Math.ceil(tenants / pace.parallel) * found.secondsEach }),
    };
  }

  /** A handle on a rollout, no matter which process started it. Throws `RolloutNotFoundError`. */
  async get(id: string): Promise<RolloutHandle> {
    const handle = new RolloutHandle(this.#starter, id);
    await handle.status();
    return handle;
  }

  /**
   * The number of tenants at each migration, the newest first; the entry without a version counts tenants that have
   * no migration. Offboarded tenants do not count.
   */
  schema(): Promise<SchemaCount[]> {
    return this.#starter.catalog.rollouts.schema(this.#starter.fleet.name);
  }

  /**
   * The fleet's cost at Neon in a month: in total, by tenant and by plan, the ten tenants with the highest cost for
   * the least use, and the forecast for the month's end. It only reads the catalog. Throws `RequestUnfitError` for a
   * fleet without metering.
   */
  cost(options: CostOptions = {}): Promise<FleetCost> {
    const { catalog, fleet } = this.#starter;
    return fleetCost(catalog, fleet, options);
  }

  /** The fleet's rollouts, the newest first. */
  list({ limit = 20 }: { readonly limit?: number } = {}): Promise<Rollout[]> {
    return this.#starter.catalog.rollouts.list(this.#starter.fleet.name, limit);
  }

  async #checked(request: RolloutRequest<PlanName>): Promise<CheckedRollout> {
    const { fleet, catalog } = this.#starter;
    const asked = checkedRollout(fleet, request);
    for (const filter of [
      asked.filter,
      ...asked.waves.map(({ where = {} }) => tenantFilterSchema.parse(where)),
    ])
      await refuseUnknownPlans(catalog.tenants, fleet, filter);
    return asked;
  }
}

/** The word for a verb in ids: short, and the one that people use. */
function idWord(verb: Rollout['verb']): string {
  return { changePlan: 'plan', rotateCredentials: 'rotate' }[verb as string] ?? verb;
}
