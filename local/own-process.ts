import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isCompiled, ownModule } from './own-modules.js';

/** What `node` is called with to run a module of ours, such as `worker/main`, as a process of its own. */
export function ownProcess(module: string): string[] {
  return processOf(ownModule(module));
}

/** The same for any file, which is read as this process reads its own. */
export function processOf(file: string): string[] {
  return [...(isCompiled ? loadersIn(process.execArgv) : fromSource()), file];
}

/** The checkout runs as it is: TypeScript, and the package's own name led to it. */
function fromSource(): string[] {
  // As a URL, so that it is found from any folder.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx'));
  return ['--conditions=tenantry-source', '--import', tsx.href];
}

/**
 * The flags of Node's that say how modules are found and read. A process that reads a fleet in TypeScript by them hands
 * them down to its worker; others, such as a debugger's port, are its own.
 */
export function loadersIn(execArgv: readonly string[]): string[] {
  const list = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({
    args: [...execArgv],
    options: {
      import: list,
      require: { ...list, short: 'r' },
      loader: list,
      'experimental-loader': list,
      conditions: { ...list, short: 'C' },
    },
    strict: false,
    allowPositionals: true,
  });
  return Object.entries(values).flatMap(([name, given]) =>
    Array.isArray(given)
      ? given.filter((value) => typeof value === 'string').map((value) => `--${name}=${value}`)
      : [],
  );
}
