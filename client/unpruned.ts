import type { Catalog } from '../catalog/catalog.js';
import type { Fleet } from '../tenancy/fleet.js';
import { keptBy } from '../tenancy/kept.js';
import type { Attention } from './attention-kinds.js';

/** A sweep that has much to delete needs some hours. */
const lateMs = 86_400_000;

/** Reports that no sweep deletes old records, if so: it goes on with everything else, and only its worker's log says why. */
export async function unpruned(
  { retention }: Pick<Catalog, 'retention'>,
  { name, timings }: Pick<Fleet, 'name' | 'timings'>,
): Promise<Attention[]> {
  if (!(await retention.isDue(name, keptBy(timings, lateMs)))) return [];
  return [
    {
      kind: 'not-pruned',
      message:
        'records have been kept for longer than the fleet says by a day or more, so the catalog grows; where the sweep fails to delete them, the log of its worker says why',
      command: 'doctor',
    },
  ];
}
