import { ClassicLevel } from 'classic-level';
import type { z } from 'zod';
import { Collection } from './collection.js';
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
} as const;

type Schemas = typeof schemas;
export type Kind = keyof Schemas;
export type RecordOf<K extends Kind> = Readonly<z.infer<Schemas[K]>>;

export type Change =
  | { readonly [K in Kind]: { readonly put: K; readonly record: RecordOf<K> } }[Kind]
  | { readonly drop: Kind; readonly id: string };

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
  };
  #written: Promise<void> = Promise.resolve();

  private constructor(database: ClassicLevel<string, string>) {
    this.#database = database;
  }

  static async open(folder: string): Promise<Store> {
    const database = new ClassicLevel<string, string>(folder);
    await database.open();
    const store = new Store(database);
    for await (const [key, text] of database.iterator()) store.#load(key, text);
    return store;
  }

  get of(): Collections {
    return this.#collections;
  }

  commit(changes: readonly Change[]): void {
    for (const change of changes) this.#apply(change);
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
  }

  /** Resolves when everything committed so far would survive the death of this process. */
  written(): Promise<void> {
    return this.#written;
  }

  async close(): Promise<void> {
    await this.#written;
    await this.#database.close();
  }

  #apply(change: Change): void {
    if ('drop' in change) this.#collections[change.drop].delete(change.id);
    else (this.#collections[change.put] as Collection<RecordOf<Kind>>).set(change.record);
  }

  #load(key: string, text: string): void {
    const kind = key.slice(0, key.indexOf('/'));
    if (!isKind(kind)) return;
    const record = schemas[kind].parse(JSON.parse(text));
    (this.#collections[kind] as Collection<RecordOf<Kind>>).set(record);
  }
}

function keyOf(kind: Kind, id: string): string {
  return `${kind}/${id}`;
}

function isKind(text: string): text is Kind {
  return text in schemas;
}
