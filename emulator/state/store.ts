import { ClassicLevel } from 'classic-level';
import type { z } from 'zod';
import { Collection } from './collection.js';
import * as history from './history-records.js';
import * as records from './records.js';

const schemas = {
  account: records.accountRecord,
  key: records.keyRecord,
  project: records.projectRecord,
  branch: records.branchRecord,
  endpoint: records.endpointRecord,
  role: records.roleRecord,
  database: records.databaseRecord,
  operation: records.operationRecord,
  usage: records.usageRecord,
  snapshot: history.snapshotRecord,
  deletedBranch: history.deletedBranchRecord,
} as const;

type Schemas = typeof schemas;
export type Kind = keyof Schemas;
export type RecordOf<K extends Kind> = Readonly<z.infer<Schemas[K]>>;

export type Change =
  | { readonly [K in Kind]: { readonly put: K; readonly record: RecordOf<K> } }[Kind]
  | { readonly drop: Kind; readonly id: string };

/** Told of a record as it was and as it is, after the change has been made; an absent one is new, or gone. */
export type Watcher<K extends Kind> = (
  before: RecordOf<K> | undefined,
  after: RecordOf<K> | undefined,
) => void;

type Collections = { readonly [K in Kind]: Collection<RecordOf<K>> };

/**
 * All state: read from memory, written through to a LevelDB. `commit` shows a change at once and writes it as one
 * atomic batch; nothing that rests on it may be told to the world before `written()` resolves.
 */
export class Store {
  readonly #database: ClassicLevel<string, string>;
  readonly #collections: Collections = {
    account: new Collection(),
    key: new Collection(),
    project: new Collection(),
    branch: new Collection(),
    endpoint: new Collection(),
    role: new Collection(),
    database: new Collection(),
    operation: new Collection(),
    usage: new Collection(),
    snapshot: new Collection(),
    deletedBranch: new Collection(),
  };
  readonly #watchers = new Map<Kind, Watcher<Kind>[]>();
  #written: Promise<void> = Promise.resolve();

  private constructor(database: ClassicLevel<string, string>) {
    this.#database = database;
  }

  static async open(folder: string): Promise<Store> {
    const database = new ClassicLevel<string, string>(folder);
    await database.open();
    const store = new Store(database);
    const loaded: Loaded[] = [];
    for await (const [key, text] of database.iterator()) loaded.push(...parsed(key, text));
    // LevelDB gives them by key; a collection is in the order of creation.
    loaded.sort((a, b) => (createdAt(a.record) < createdAt(b.record) ? -1 : 1));
    for (const { kind, record } of loaded)
      (store.#collections[kind] as Collection<RecordOf<Kind>>).set(record);
    return store;
  }

  get of(): Collections {
    return this.#collections;
  }

  commit(changes: readonly Change[]): void {
    const seen = changes.map((change) => this.#apply(change));
    const batch = changes.map((change) =>
      'put' in change
        ? {
            type: 'put' as const,
            key: keyOf(change.put, change.record.id),
            value: JSON.stringify(change.record),
          }
        : { type: 'del' as const, key: keyOf(change.drop, change.id) },
    );
    // One after the other: LevelDB's threads would otherwise be free to reorder two batches.
    this.#written = this.#written.then(() => this.#database.batch(batch));
    // A reader of `written()` hears of the failure; the promise itself must not end the process unheard.
    this.#written.catch(() => {});
    for (const tell of seen) tell();
  }

  watch<K extends Kind>(kind: K, watcher: Watcher<K>): void {
    const others = this.#watchers.get(kind) ?? [];
    // A watcher is only ever called with records of the kind it was added under.
    this.#watchers.set(kind, [...others, watcher as unknown as Watcher<Kind>]);
  }

  /** Resolves when everything committed so far would survive the death of this process. */
  written(): Promise<void> {
    return this.#written;
  }

  async close(): Promise<void> {
    await this.#written;
    await this.#database.close();
  }

  /** @returns what tells the watchers of it. */
  #apply(change: Change): () => void {
    const [kind, id] = 'drop' in change ? [change.drop, change.id] : [change.put, change.record.id];
    const after = 'drop' in change ? undefined : change.record;
    const collection = this.#collections[kind] as Collection<RecordOf<Kind>>;
    const before = collection.get(id);
    if (after === undefined) collection.delete(id);
    else collection.set(after);
    return () => {
      for (const watcher of this.#watchers.get(kind) ?? []) watcher(before, after);
    };
  }
}

interface Loaded {
  readonly kind: Kind;
  readonly record: RecordOf<Kind>;
}

function parsed(key: string, text: string): Loaded[] {
  const kind = key.slice(0, key.indexOf('/'));
  return isKind(kind) ? [{ kind, record: schemas[kind].parse(JSON.parse(text)) }] : [];
}

function createdAt(record: RecordOf<Kind>): string {
  return 'created_at' in record ? record.created_at : '';
}

function keyOf(kind: Kind, id: string): string {
  return `${kind}/${id}`;
}

function isKind(text: string): text is Kind {
  return text in schemas;
}
