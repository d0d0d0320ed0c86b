/** What every record has. */
export interface Identified {
  readonly id: string;
  readonly project_id?: string | undefined;
}

/**
 * Records of one kind in memory, with an index by project, both in the order of creation: the clock only moves on, and a
 * record that is put again keeps its place. So the newest can be shown without sorting all there are.
 */
export class Collection<R extends Identified> {
  readonly #all = new Map<string, R>();
  readonly #ofProject = new Map<string, Map<string, R>>();
  /** Made when it is asked for, and good until the next change: whoever reads a lot changes little. */
  #snapshot: readonly R[] | undefined;

  get(id: string): R | undefined {
    return this.#all.get(id);
  }

  all(): readonly R[] {
    this.#snapshot ??= [...this.#all.values()];
    return this.#snapshot;
  }

  /** Newest first, one at a time: a page of a long list costs no more than the page. */
  *newest(): Generator<R> {
    const all = this.all();
    for (let at = all.length - 1; at >= 0; at--) {
      const record = all[at];
      if (record !== undefined) yield record;
    }
  }

  in(projectId: string): R[] {
    return [...(this.#ofProject.get(projectId)?.values() ?? [])];
  }

  set(record: R): void {
    this.#snapshot = undefined;
    this.#all.set(record.id, record);
    if (record.project_id === undefined) return;
    const siblings = this.#ofProject.get(record.project_id) ?? new Map<string, R>();
    this.#ofProject.set(record.project_id, siblings.set(record.id, record));
  }

  delete(id: string): void {
    this.#snapshot = undefined;
    const projectId = this.#all.get(id)?.project_id;
    this.#all.delete(id);
    if (projectId === undefined) return;
    const siblings = this.#ofProject.get(projectId);
    siblings?.delete(id);
    if (siblings?.size === 0) this.#ofProject.delete(projectId);
  }
}
