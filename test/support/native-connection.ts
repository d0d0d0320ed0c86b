import { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';

/** To the server that all tests share, with no worker on them. Two workers of one queue cannot have the same one. */
const idle: NativeConnection[] = [];

/** What a worker in a test's process is connected by. */
export interface WorkersWay {
  readonly native: NativeConnection;
  /** Once the worker has ended. */
  release(): Promise<void>;
}

/**
 * Connections to the server that all tests share are used again, and end with the process. The SDK never disables the
 * `AsyncLocalStorage` of one that is closed, and Node 20 visits each that is enabled whenever a promise is made: after fifteen minutes a
 * process of tests had 29 of them, and spent a sixth of its time there.
 */
export async function connectWorker(address: string): Promise<WorkersWay> {
  const shared = address === inject('ground').temporalAddress;
  const native = (shared ? idle.pop() : undefined) ?? (await NativeConnection.connect({ address }));
  return {
    native,
    async release() {
      if (shared) idle.push(native);
      else await native.close();
    },
  };
}
