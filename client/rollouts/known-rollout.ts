import type { Client } from '@temporalio/client';
import type { Catalog } from '../../catalog/catalog.js';
import type { Rollout } from '../../catalog/rollouts.js';
import type { Fleet } from '../../tenancy/fleet.js';
import { asMarkdownText } from '../../tenancy/markdown.js';
import { lookAgainSignalName, rolloutWorkflowId } from '../../tenancy/naming.js';
import { rolloutWords } from '../../tenancy/rollout.js';
import { searchAttributeKeysOf } from '../../tenancy/search-attributes.js';
import { RolloutNotFoundError } from '../errors.js';
import { reachTemporal } from '../reach-temporal.js';

/** The connections that rollouts are started and read with. */
export interface RolloutStarter {
  readonly fleet: Fleet;
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly catalog: Catalog;
}

/** Signals a rollout's run that its settings have changed, or starts a run when there is none. */
export async function lookAgain(
  { fleet, temporal, taskQueue }: RolloutStarter,
  { id, verb, request }: Pick<Rollout, 'id' | 'verb' | 'request'>,
): Promise<void> {
  const keys = searchAttributeKeysOf(fleet.searchAttributes);
  await reachTemporal(temporal, () =>
    temporal.workflow.signalWithStart('rollout', {
      workflowId: rolloutWorkflowId(fleet.name, id),
      taskQueue,
      args: [{ fleet: fleet.name, rollout: id }],
      signal: lookAgainSignalName,
      signalArgs: [],
      workflowTaskTimeout: fleet.timings.workflowTask,
      typedSearchAttributes: [{ key: keys.fleet, value: fleet.name }],
      staticSummary: asMarkdownText(`Rollout ${id}: ${rolloutWords(verb, request)}`),
    }),
  );
}

export async function knownRollout({ fleet, catalog }: RolloutStarter, id: string): Promise<Rollout> {
  const rollout = await catalog.rollouts.get(fleet.name, id);
  if (rollout === undefined) throw new RolloutNotFoundError(id);
  return rollout;
}
