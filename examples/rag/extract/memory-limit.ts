import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ExtractLimits } from './limits.js';

const everyMs = 50;

/**
 * Ends this process when it takes more memory, or works for longer than it may and its parent, which should have ended it, is gone. A
 * thread of its own looks, for a parser that is busy lets nothing else run. V8's own limit does not count what lies outside of its heap.
 */
export async function limitMemory({ memoryBytes, timeMs }: ExtractLimits): Promise<void> {
  const watch = new Worker(
    `const late = Date.now() + ${2 * timeMs};
    setInterval(() => {
      if (process.memoryUsage.rss() > ${memoryBytes} || Date.now() > late) process.kill(process.pid, 'SIGKILL');
    }, ${everyMs});`,
    { eval: true },
  );
  await once(watch, 'online');
  watch.unref();
}
