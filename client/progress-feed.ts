import type { Catalog } from '../catalog/catalog.js';
import type { RunProgress } from '../catalog/progress.js';
import type { KnownWorker } from '../catalog/workers.js';
import type { TenantId } from '../tenancy/tenant-id.js';

/** The catalog's data at one moment. */
export interface Look {
  /**
   * The steps of the run that holds the tenant, or held it last; absent for a tenant that the catalog does not have.
   */
  readonly run: RunProgress | undefined;
  /** The worker with the last heartbeat; absent when none ever wrote one. */
  readonly worker: KnownWorker | undefined;
}

/** The interval of polling, in milliseconds, for changes whose notification was never sent or was missed. */
const lookMs = 1_000;
/** Notifications that arrive within this time, in milliseconds, lead to one query. */
const togetherMs = 20;

type Watcher = (look: Look | undefined) => void;

/**
 * Tells all followers of operations in this process what the catalog says: at once when something has changed, and
 * every second. However many there are, they share one listening connection and one query a second; without followers there is neither.
 */
export class ProgressFeed {
  readonly #watchers = new Map<TenantId, Set<Watcher>>();
  readonly #announced = new Set<TenantId>();
  /** A counter of queries, and for each tenant the query whose result was last passed on. */
  #asked = 0;
  readonly #told = new Map<TenantId, number>();
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #listening: Promise<(() => Promise<void>) | undefined> | undefined;
  /** The error of the last query; absent when the catalog responded. */
  silence: unknown;

  constructor(
    readonly catalog: Pick<Catalog, 'progress' | 'workers'>,
    readonly fleet: string,
    readonly taskQueue: string,
  ) {}

  /** The catalog's present data about a tenant; `undefined` while it is out of reach. */
  async look(id: TenantId): Promise<Look | undefined> {
    return (await this.#looks([id])).get(id);
  }

  /** The same as a stream, until `signal` is aborted. A slow reader skips to the newest value. */
  async *watch(id: TenantId, signal: AbortSignal): AsyncGenerator<Look | undefined, void> {
    let newest: { readonly look: Look | undefined } | undefined;
    let wake = () => {};
    const watcher: Watcher = (look) => {
      newest = { look };
      wake();
    };
    const aborted = () => wake();
    signal.addEventListener('abort', aborted);
    this.#add(id, watcher);
    try {
      while (!signal.aborted) {
        if (newest === undefined)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        if (newest === undefined) continue;
        const { look } = newest;
        newest = undefined;
        yield look;
      }
    } finally {
      signal.removeEventListener('abort', aborted);
      this.#remove(id, watcher);
    }
  }

  #add(id: TenantId, watcher: Watcher): void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(watcher));
    this.#timer ??= setInterval(() => void this.#tell([...this.#watchers.keys()]), lookMs);
    this.#listening ??= this.#listen();
    this.#lookSoon(id);
  }

  #remove(id: TenantId, watcher: Watcher): void {
    const watchers = this.#watchers.get(id);
    watchers?.delete(watcher);
    if (watchers?.size === 0) {
      this.#watchers.delete(id);
      this.#told.delete(id);
    }
    if (this.#watchers.size > 0) return;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    void this.#listening?.then((stop) => stop?.());
    this.#timer = undefined;
    this.#soon = undefined;
    this.#listening = undefined;
  }

  /** Polling continues without a listening connection; the next poll tries to open another. */
  #listen(): Promise<(() => Promise<void>) | undefined> {
    const anew = () => {
      // An abandoned connection may fail while another one listens.
      if (this.#listening === listening) this.#listening = undefined;
    };
    const listening = this.catalog.progress
      .listen(({ fleet, id }) => {
        if (fleet === this.fleet && this.#watchers.has(id)) this.#lookSoon(id);
      }, anew)
      .catch(() => {
        anew();
        return undefined;
      });
    return listening;
  }

  #lookSoon(id: TenantId): void {
    this.#announced.add(id);
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      const ids = [...this.#announced];
      this.#announced.clear();
      void this.#tell(ids);
    }, togetherMs);
  }

  async #tell(ids: readonly TenantId[]): Promise<void> {
    if (this.#watchers.size > 0) this.#listening ??= this.#listen();
    this.#asked += 1;
    const asked = this.#asked;
    const looks = await this.#looks(ids);
    for (const id of ids) {
      // The result of a later query came first, so this one is outdated.
      if (asked < (this.#told.get(id) ?? 0)) continue;
      const watchers = this.#watchers.get(id);
      if (watchers === undefined) continue;
      this.#told.set(id, asked);
      for (const watcher of watchers) watcher(looks.get(id));
    }
  }

  async #looks(ids: readonly TenantId[]): Promise<Map<TenantId, Look>> {
    const { catalog, fleet, taskQueue } = this;
    try {
      const [runs, [worker]] = await Promise.all([
        catalog.progress.of(fleet, ids),
        catalog.workers.of(fleet, taskQueue),
      ]);
      this.silence = undefined;
      const byTenant = new Map(runs.map((run) => [run.tenantId, run]));
      return new Map(ids.map((id) => [id, { run: byTenant.get(id), worker }]));
    } catch (error) {
      this.silence = error;
      return new Map();
    }
  }
}
