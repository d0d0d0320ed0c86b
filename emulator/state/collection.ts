/** What every record has. */
export interface Identified {
  readonly id: string;
  readonly project_id?: string | undefined;
}

/** Records of one kind in memory, with an index by project. Their order means nothing: whoever shows a list sorts it. */
export class Collection<R extends Identified> {
  readonly #all = new Map<string, R>();
  readonly #ofProject = new Map<string, Map<string, R>>();

  get(id: string): R | undefined {
    return this.#all.get(id);
  }

  all(): R[] {
    return [...this.#all.values()];
  }

  in(projectId: string): R[] {
    return [...(this.#ofProject.get(projectId)?.values() ?? [])];
  }

  set(record: R): void {
    this.#all.set(record.id, record);
    if (record.project_id === undefined) return;
    const siblings = this.#ofProject.get(record.project_id) ?? new Map<string, R>();
    this.#ofProject.set(record.project_id, siblings.set(record.id, record));
  }

  delete(id: string): void {
    const projectId = this.#all.get(id)?.project_id;
    this.#all.delete(id);
    if (projectId === undefined) return;
    const siblings = this.#ofProject.get(projectId);
    siblings?.delete(id);
    if (siblings?.size === 0) this.#ofProject.delete(projectId);
  }
}
