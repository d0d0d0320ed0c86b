import { existsSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endPostmasterOf } from '../../postgres/index.js';
import { type DataOwner, dataIdOf } from './data-owner.js';
import type { ClusterRoom } from './template.js';

const unfinished = '.new';

/**
 * Removes the data directories of nobody. A process that is killed leaves some: a copy half made, the old state of a
 * branch whose restore was just done, a project that was just buried. Records are written before data is made and
 * dropped after it is destroyed, so what no record names, nobody waits for.
 */
export async function sweepRoom(room: ClusterRoom, owners: readonly DataOwner[]): Promise<void> {
  const known = new Map<string, Set<string>>();
  for (const owner of owners)
    known.set(owner.project_id, (known.get(owner.project_id) ?? new Set()).add(dataIdOf(owner)));
  for (const { name: projectId } of readdirSync(room.folder, { withFileTypes: true }).filter(isProject)) {
    const folder = join(room.folder, projectId);
    const dataIds = known.get(projectId);
    for (const name of readdirSync(folder))
      if (dataIds?.has(name.split('.', 1)[0] ?? '') !== true || name.endsWith(unfinished))
        await remove(join(folder, name));
    if (dataIds === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function isProject(entry: { readonly name: string; isDirectory(): boolean }): boolean {
  return entry.isDirectory() && /-\d{8}$/.test(entry.name);
}

async function remove(path: string): Promise<void> {
  if (existsSync(join(path, 'postmaster.pid'))) await endPostmasterOf(path);
  await rm(path, { recursive: true, force: true });
}
