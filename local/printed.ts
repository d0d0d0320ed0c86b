import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toolEnvironment } from '../postgres/tool-environment.js';
import type { RunAs } from './postgres-user.js';

const run = promisify(execFile);

/** The first line a command prints, or undefined when it cannot be run: not there, not for this machine, out of reach. */
export async function printed(
  executable: string,
  args: readonly string[],
  as?: RunAs,
): Promise<string | undefined> {
  try {
    const { stdout } = await run(executable, args, {
      ...as,
      cwd: '/',
      env: toolEnvironment(),
      timeout: 20_000,
    });
    return stdout.split('\n')[0];
  } catch {
    return undefined;
  }
}
