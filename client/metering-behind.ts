import type { Catalog } from '../catalog/catalog.js';
import type { Fleet } from '../tenancy/fleet.js';
import { isMeteringBehind } from '../tenancy/metering.js';
import type { Attention } from './attention-kinds.js';

/**
 * Reports that the fleet's usage is not being read, if so: budgets rely on the readings, and after a week hours are
 * lost.
 */
export async function meteringBehind(
  { usage }: Pick<Catalog, 'usage'>,
  { name, metering, timings }: Pick<Fleet, 'name' | 'metering' | 'timings'>,
): Promise<Attention[]> {
  if (metering === undefined) return [];
  const { due, dueSince } = await usage.progress(name);
  if (dueSince === undefined || !isMeteringBehind(dueSince, timings.meter)) return [];
  return [
    {
      kind: 'metering-behind',
      message: `what ${due} projects use was to be read by now and was not: budgets do not know of it, and after a week Neon does not tell it any more`,
      since: dueSince.toISOString(),
      command: 'doctor',
    },
  ];
}
