type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that were given. In a partial update, absent and `undefined` both mean "leave it as it is". */
export function defined<T extends object>(fields: T): Defined<T> {
  // Object.entries forgets which key goes with which value.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
