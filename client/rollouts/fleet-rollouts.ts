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

/** What a rollout would do, before it does anything. */
export interface RolloutPreview extends Meant {
  /** How many tenants would be treated. */
  readonly tenants: number;
  /** How many match and would be skipped, since the state that they are in does not allow it. */
  readonly skipped: number;
  /** How long it would take, in seconds, by what such operations took lately; absent where none is on record. */
  readonly seconds?: number;
}

/** Work on many tenants at once, which goes on without whoever started it. */
export class FleetRollouts<PlanName extends string = string> {
  readonly #starter: RolloutStarter;

  constructor(starter: RolloutStarter) {
    this.#starter = starter;
  }

  /**
   * Starts a rollout, or joins the same one that is under way. Throws `RequestUnfitError`, `UnknownPlanError`, `TemporalUnreachableError`;
   * `RolloutUnderWayError` where the fleet is being migrated by another one, or the same one is being aborted.
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

  /** What `start` would do: reads the catalog, and changes nothing. Throws `RequestUnfitError`, `UnknownPlanError`. */
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

  /** A hold on a rollout, whoever started it. Throws `RolloutNotFoundError`. */
  async get(id: string): Promise<RolloutHandle> {
    const handle = new RolloutHandle(this.#starter, id);
    await handle.status();
    return handle;
  }

  /** How many tenants there are at each migration, the newest first; without a version are those that have none. Offboarded ones do not count. */
  schema(): Promise<SchemaCount[]> {
    return this.#starter.catalog.rollouts.schema(this.#starter.fleet.name);
  }

  /**
   * What the fleet costs at Neon in a month: in all, by tenant and by plan, the ten tenants that cost the most for the least, and what it
   * will have come to at the month's end. It asks the catalog alone. Throws `RequestUnfitError` for a fleet that is not metered.
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

/** As ids have it: short, and what people call it. */
function idWord(verb: Rollout['verb']): string {
  return { changePlan: 'plan', rotateCredentials: 'rotate' }[verb as string] ?? verb;
}
