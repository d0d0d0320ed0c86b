import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ExtractLimits } from './limits.js';

/** What the process says last where a limit ends it. */
export const overLimit = { memory: 'Over the limit of memory.', time: 'Over the limit of time.' } as const;

const everyMs = 50;

/**
 * Ends this process when it takes more memory or processor time than it may. A thread of its own looks, because a parser that is
 * busy lets nothing else run; and V8's own limit of memory does not count what lies outside of its heap.
 */
export async function limitProcess({ memoryBytes, processorMs }: ExtractLimits): Promise<void> {
  const watch = new Worker(
    `const { writeSync } = require('node:fs');
    function end(reason) {
      writeSync(2, reason);
      process.kill(process.pid, 'SIGKILL');
    }
    setInterval(() => {
      const { user, system } = process.cpuUsage();
      if (process.memoryUsage.rss() > ${memoryBytes}) end('${overLimit.memory}');
      if ((user + system) / 1000 > ${processorMs}) end('${overLimit.time}');
    }, ${everyMs});`,
    { eval: true },
  );
  await once(watch, 'online');
  watch.unref();
}
