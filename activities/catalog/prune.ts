import type { Pruned } from '../../catalog/retention.js';
import { failure } from '../../tenancy/failures.js';
import { keptBy } from '../../tenancy/kept.js';
import type { Dependencies } from '../dependencies.js';

export type { Pruned } from '../../catalog/retention.js';

/** A batch takes some milliseconds, and holds the rows that it deletes for as long. */
const rows = 500;

/** Deletes what has been kept for long enough, for a third of the time that the step has. The next sweep continues. */
export function prune({ catalog, fleet }: Dependencies) {
  return (asked: { readonly fleet: string }): Promise<Pruned> => {
    if (asked.fleet !== fleet.name) {
      const message = `a worker of fleet "${fleet.name}" took the sweep of fleet "${asked.fleet}"`;
      throw failure('ForeignFleet', message, { nonRetryable: false });
    }
    return catalog.retention.prune(fleet.name, keptBy(fleet.timings), {
      rows,
      forMs: fleet.timings.shortStep / 3,
    });
  };
}
