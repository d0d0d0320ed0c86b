import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { compiledModule, shortLived } from './compiled-module.js';

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `tenantry` as a process, in a pipe, as a script would.
 * @param node What Node is called with. @default the compiled command, which takes half the time
 */
export async function runTenantry(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  node: readonly string[] = [...shortLived, compiledModule('cli/main')],
): Promise<CommandResult> {
  const child = spawn(process.execPath, [...node, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}
