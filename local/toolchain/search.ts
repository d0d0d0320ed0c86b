import { access, constants } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { Tool } from './tool.js';
import { UnfitToolError } from './unfit-tool-error.js';

export type Search =
  | { readonly found: string }
  | { readonly lacking: Tool; readonly passedOver: readonly string[] };

/**
 * Looks where the person said, then on the PATH, then where set-up installs.
 *
 * @throws UnfitToolError when the person named one that will not do: falling through would run another in silence.
 */
export async function search(
  tool: Tool,
  environment: NodeJS.ProcessEnv,
  folders: readonly string[],
): Promise<Search> {
  const named = environment[tool.variable];
  if (named) {
    const path = resolve(named);
    const flaw = await tool.flaw(path);
    if (flaw) throw new UnfitToolError(tool, path, flaw);
    return { found: path };
  }
  const passedOver: string[] = [];
  const installed = folders.map((folder) => join(folder, tool.installed));
  for (const path of [...(await onPath(tool, environment.PATH ?? '')), ...installed]) {
    if (!(await isThere(path))) continue;
    const flaw = await tool.flaw(path);
    if (!flaw) return { found: path };
    passedOver.push(`${path}: ${flaw}`);
  }
  return { lacking: tool, passedOver };
}

async function onPath(tool: Tool, path: string): Promise<readonly string[]> {
  const executables = path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, tool.command));
  const there = await Promise.all(executables.map(isThere));
  const behind = await Promise.all(executables.filter((_, index) => there[index]).map(tool.behind));
  return [...new Set(behind)];
}

async function isThere(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
