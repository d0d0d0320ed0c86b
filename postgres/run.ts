import { execFile } from 'node:child_process';
import type { RunAs } from './run-as.js';
import { toolEnvironment } from './tool-environment.js';

/** Runs a short-lived tool to its end. @throws with the tool's stderr if it fails. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly runAs?: RunAs | undefined; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = {
      maxBuffer: 16 * 1024 * 1024,
      // The caller's current folder may be inaccessible to `runAs`.
      cwd: '/',
      env: { ...toolEnvironment(), ...options.env },
      ...options.runAs,
    };
    execFile(command, [...args], settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} failed: ${stderr.trim() || error.message}`));
    });
  });
}
