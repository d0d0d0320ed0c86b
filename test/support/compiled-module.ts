import path from 'node:path';
import { inject } from 'vitest';

/** What `node` is called with to run a module of ours, such as `worker/main`, as the package has it: compiled. */
export function compiledModule(name: string): string {
  return path.join(inject('ground').compiledPackage, `${name}.js`);
}
