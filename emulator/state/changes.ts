import { now } from './clock.js';
import type { Change, Kind, RecordOf } from './store.js';

/** A record written as it is. */
export function put<K extends Kind>(kind: K, record: RecordOf<K>): Change {
  // The pair is right by construction; a mapped union cannot be built from a generic key without saying so.
  return { put: kind, record } as Change;
}

/** A record with some fields replaced; a field set to `undefined` is gone. */
export function update<K extends Kind>(kind: K, record: RecordOf<K>, fields: Partial<RecordOf<K>>): Change {
  return put(kind, { ...record, ...fields, ...('updated_at' in record ? { updated_at: now() } : {}) });
}

export function drop(kind: Kind, id: string): Change {
  return { drop: kind, id };
}
