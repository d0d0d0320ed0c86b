import type { OperationHandle } from './operation-handle.js';

type Start = (...asked: never[]) => Promise<OperationHandle<unknown>>;

/** Turns operations that resolve to a handle into ones that resolve to the handle's `result()`. */
export type Executed<Operations> = {
  readonly [Name in keyof Operations]: Operations[Name] extends (
    ...asked: infer Asked
  ) => Promise<OperationHandle<infer Result>>
    ? (...asked: Asked) => Promise<Result>
    : never;
};

/** The methods of `operations`, each of which waits for the end of its operation. */
export function executed<Operations extends object>(operations: Operations): Executed<Operations> {
  const methods = Object.getOwnPropertyDescriptors<object>(Object.getPrototypeOf(operations));
  const waited = Object.entries<PropertyDescriptor>(methods)
    .filter(([name]) => name !== 'constructor')
    .map(([name, { value }]) => [name, waitedFor((value as Start).bind(operations))] as const);
  return Object.fromEntries(waited) as Executed<Operations>;
}

function waitedFor(start: Start) {
  return async (...asked: never[]): Promise<unknown> => (await start(...asked)).result();
}
