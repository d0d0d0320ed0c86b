import type { OperationHandle } from './operation-handle.js';
import { namingTemporal, reachTemporal, type Temporal, told } from './reach-temporal.js';

/** Wraps a handle so that its errors report when Temporal is out of reach. */
export function reachableHandle<Result>(
  temporal: Temporal,
  handle: OperationHandle<Result>,
): OperationHandle<Result> {
  const id = handle.tenantId;
  return {
    ...handle,
    async *progress() {
      try {
        yield* handle.progress();
      } catch (error) {
        throw told(error, temporal, id);
      }
    },
    result: () => namingTemporal(temporal, handle.result, id),
    cancel: () => reachTemporal(temporal, handle.cancel, id),
  };
}
