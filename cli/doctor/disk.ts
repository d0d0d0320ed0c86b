import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { type Check, type Outcome, ok, problem } from './check.js';

/** A cluster of the emulator takes 40 MB, and Postgres stops when it cannot write. */
const leastBytes = 256 * 1024 ** 2;

/** There is disk space for exports; a local stack keeps all its data on that disk. */
export const disk: Check = {
  name: 'disk',
  needs: [],
  async make({ read }) {
    const folder = read('TENANTRY_EXPORT_DIR');
    return folder === undefined
      ? ok('nothing is kept on this machine: TENANTRY_EXPORT_DIR is not set')
      : roomIn(folder, leastBytes);
  },
};

/** Whether a folder, or its future parent, has this much free space. */
export async function roomIn(folder: string, least: number): Promise<Outcome> {
  const { bavail, bsize } = await statfsOf(path.resolve(folder));
  const free = `${Math.floor((bavail * bsize) / 1024 ** 2)} MB are free`;
  return bavail * bsize >= least
    ? ok(`${free} where ${folder} is`)
    : problem(
        `only ${free} where ${folder} is, so databases cannot grow and operations fail`,
        'make room there, and ask again for what failed',
      );
}

/** The file system of the nearest existing parent folder. */
async function statfsOf(folder: string): Promise<StatsFs> {
  const above = path.dirname(folder);
  return statfs(folder).catch((error: unknown) => {
    if (above === folder) throw error;
    return statfsOf(above);
  });
}
