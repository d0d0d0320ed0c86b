import type { Measure } from '../compute/measure.js';
import { put } from '../state/changes.js';
import type { Endpoint, Usage } from '../state/records.js';
import type { Store } from '../state/store.js';
import { type Amounts, type Posting, sum, usageId, withPosting } from './amounts.js';
import { hourOf, hoursBetween } from './hours.js';

/** An endpoint whose compute runs, since its time was last put in the books. */
interface Run {
  readonly endpoint: Endpoint;
  readonly since: number;
}

/**
 * Counts what computes use: how long an endpoint is active, what its Postgres writes, what goes out through its port.
 * It watches the endpoints themselves, so that whatever starts or ends a compute is counted. What is not in the books
 * yet is lost when the emulator is killed; `flush` puts it there.
 */
export class Meter {
  readonly #store: Store;
  readonly #runs = new Map<string, Run>();
  readonly #measures = new Map<string, Measure>();
  readonly #sent = new Map<string, number>();
  readonly #sentOf: (endpointId: string) => number;

  constructor(
    store: Store,
    /** All bytes that have ever gone out through an endpoint's port. */
    sentOf: (endpointId: string) => number,
  ) {
    this.#store = store;
    this.#sentOf = sentOf;
    store.watch('endpoint', (before, after) => this.#turned(before, after));
  }

  /** What a look into a branch's running Postgres has shown. */
  measured(branchId: string, measure: Measure): void {
    const branch = this.#store.of.branch.get(branchId);
    if (branch === undefined) return;
    const last = this.#measures.get(branchId);
    const known = last?.run === measure.run ? last.writtenBytes : 0;
    this.#measures.set(branchId, measure);
    this.#post([
      {
        projectId: branch.project_id,
        branchId,
        hour: hourOf(Date.now()),
        writtenBytes: Math.max(0, measure.writtenBytes - known),
        logicalBytes: measure.logicalBytes,
      },
    ]);
  }

  /** Puts in the books what no compute has used. */
  enter(posting: Posting): void {
    this.#post([posting]);
  }

  /** A project's books, brought up to this moment without a word written. */
  usageOf(projectId: string): Usage[] {
    const rows = new Map(this.#store.of.usage.in(projectId).map((row) => [row.id, row]));
    for (const endpoint of this.#store.of.endpoint.in(projectId))
      for (const posting of this.#open(endpoint)) {
        const id = usageId(posting);
        rows.set(id, withPosting(rows.get(id), posting));
      }
    return [...rows.values()];
  }

  /** What a project has used since a full hour: the sum of {@link usageOf} from then on, without the rows. */
  usedSince(projectId: string, since: number): Amounts {
    const postings = this.#store.of.endpoint.in(projectId).flatMap((endpoint) => this.#open(endpoint));
    const rows = this.#store.of.usage.in(projectId);
    return sum([...rows, ...postings].filter(({ hour }) => hour >= since));
  }

  /** Puts everything in the books. */
  flush(): void {
    this.#post([...this.#runs.values()].flatMap(({ endpoint }) => this.#close(endpoint)));
  }

  #turned(before: Endpoint | undefined, after: Endpoint | undefined): void {
    const endpoint = after ?? before;
    if (endpoint === undefined || !tells(before, after)) return;
    this.#post(this.#close(before ?? endpoint));
    if (after?.current_state === 'active') this.#runs.set(after.id, { endpoint: after, since: Date.now() });
    else this.#runs.delete(endpoint.id);
  }

  /** Takes what is open as if it were posted. */
  #close(endpoint: Endpoint): Posting[] {
    const postings = this.#open(endpoint);
    const run = this.#runs.get(endpoint.id);
    if (run !== undefined) this.#runs.set(endpoint.id, { ...run, since: Date.now() });
    this.#sent.set(endpoint.id, this.#sentOf(endpoint.id));
    return postings;
  }

  #open(endpoint: Endpoint): Posting[] {
    const time = Date.now();
    const place = { projectId: endpoint.project_id, branchId: endpoint.branch_id };
    const run = this.#runs.get(endpoint.id);
    const transferBytes = this.#sentOf(endpoint.id) - (this.#sent.get(endpoint.id) ?? 0);
    const postings: Posting[] = hoursBetween(run?.since ?? time, time).map(({ hour, ms }) => ({
      ...place,
      hour,
      activeMs: ms,
      computeUnitMs: ms * endpoint.autoscaling_limit_min_cu,
    }));
    return transferBytes > 0 ? [...postings, { ...place, hour: hourOf(time), transferBytes }] : postings;
  }

  #post(postings: readonly Posting[]): void {
    const rows = new Map<string, Usage>();
    for (const posting of postings) {
      const id = usageId(posting);
      rows.set(id, withPosting(rows.get(id) ?? this.#store.of.usage.get(id), posting));
    }
    if (rows.size > 0) this.#store.commit([...rows.values()].map((row) => put('usage', row)));
  }
}

/** Whether a change of an endpoint is one that the meter must not miss. */
function tells(before: Endpoint | undefined, after: Endpoint | undefined): boolean {
  return (
    (before?.current_state === 'active') !== (after?.current_state === 'active') ||
    (after?.current_state === 'active' &&
      (before?.autoscaling_limit_min_cu !== after.autoscaling_limit_min_cu ||
        before.branch_id !== after.branch_id))
  );
}
