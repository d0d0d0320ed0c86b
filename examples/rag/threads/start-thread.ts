import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a module in a thread of its own, for work that would hold up everything else in the process.
 * @param beside The `import.meta.url` of the caller; the module lies beside it and is, like it, compiled or TypeScript.
 */
export function startThread(beside: string, module: string, options: WorkerOptions = {}): Worker {
  const extension = extname(fileURLToPath(beside));
  const file = new URL(`./${module}${extension}`, beside);
  return new Worker(extension === '.ts' ? withTypeScript(file) : file, { execArgv: [], ...options });
}

/** A thread does not inherit what its process reads TypeScript with. */
function withTypeScript(file: URL): URL {
  const tsx = import.meta.resolve('tsx/esm/api');
  const code = `import { register } from '${tsx}'; register(); await import('${file}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
