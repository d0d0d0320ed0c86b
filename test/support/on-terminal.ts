import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compiledModule } from './compiled-module.js';

/** What `tenantry` shows on a terminal, standard error with it. Python, which set-up needs as well, has terminals to give. */
export async function onTerminal(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const { FORCE_COLOR: _, NO_COLOR: __, CI: ___, ...inherited } = process.env;
  const { stdout } = await promisify(execFile)(
    'python3',
    ['-c', 'import pty, sys; pty.spawn(sys.argv[1:])', process.execPath, compiledModule('cli/main'), ...args],
    { env: { ...inherited, TERM: 'xterm-256color', ...environment } },
  );
  return stdout.replaceAll('\r\n', '\n');
}
