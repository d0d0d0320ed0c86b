/*
 * How the emulator bears many projects. Times with many are held against the same calls with ten, in the same run.
 *
 *   node --import tsx bench/emulator/scale.ts [--projects 10000] [--computes 0] [--calls 200]
 *
 * `--computes 100` also starts a project with a real Postgres that often.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { inParallel, median, printTable } from '../figures.js';
import { type EmulatorChild, emulatorChild } from './emulator-child.js';

const number = z.coerce.number().int().min(0);
const { projects, computes, calls } = z
  .object({ projects: number.default(10_000), computes: number.default(0), calls: number.default(200) })
  .parse(
    parseArgs({
      options: { projects: { type: 'string' }, computes: { type: 'string' }, calls: { type: 'string' } },
    }).values,
  );

const few = 10;
const created = z.object({ project: z.object({ id: z.string() }) });
const listed = z.object({ projects: z.array(z.object({ id: z.string(), active_time: z.number() })) });

/** The calls whose time is taken; each is given some project that exists. */
const questions: Readonly<Record<string, (id: string, n: number) => string>> = {
  'list, 10 of them': () => '/projects',
  'list, 400 of them': () => '/projects?limit=400',
  'search, one match': (_, n) => `/projects?search=tenant-${String(n).padStart(6, '0')}`,
  'search, no match': () => '/projects?search=nobody',
  'get one': (id) => `/projects/${id}`,
  'operations of one': (id) => `/projects/${id}/operations`,
};

const scratch = mkdtempSync(join(tmpdir(), 'emulator-scale-'));
chmodSync(scratch, 0o711);
try {
  await withoutComputes();
  if (computes > 0) await withComputes();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function withoutComputes(): Promise<void> {
  const dataDir = join(scratch, 'without');
  const neon = await emulatorChild([`--data-dir=${dataDir}`, '--no-compute']);
  const ids = await create(neon, 0, few);
  const [memoryFew, timesFew] = [neon.memory(), await times(neon, ids)];
  const start = performance.now();
  ids.push(...(await create(neon, few, projects)));
  const rate = ((projects - few) / (performance.now() - start)) * 1000;
  const [memoryMany, timesMany] = [neon.memory(), await times(neon, ids)];
  await neon.stop();
  const restart = performance.now();
  const again = await emulatorChild([`--data-dir=${dataDir}`, '--no-compute']);
  const restarted = performance.now() - restart;

  const row = (name: string, a: number, b: number, unit: string) => [
    name,
    `${a.toFixed(1)} ${unit}`,
    `${b.toFixed(1)} ${unit}`,
    `${(b / a).toFixed(1)}×`,
  ];
  printTable([
    ['computes off', `${few} projects`, `${projects} projects`, 'ratio'],
    ...Object.keys(questions).map((name) =>
      row(`${name}, median`, timesFew[name] ?? Number.NaN, timesMany[name] ?? Number.NaN, 'ms'),
    ),
    row('memory of the emulator', memoryFew, memoryMany, 'MB'),
    ['created per second', '', rate.toFixed(0), ''],
    ['restart until it answers', '', `${restarted.toFixed(0)} ms`, ''],
    ['memory after the restart', '', `${again.memory().toFixed(1)} MB`, ''],
  ]);
  await again.stop();
}

async function withComputes(): Promise<void> {
  const { binDir, runAs } = (await findToolchain()).postgres;
  const flags = [
    `--data-dir=${join(scratch, 'with')}`,
    `--postgres-bin=${binDir}`,
    ...(runAs === undefined ? [] : [`--run-as=${runAs.uid}:${runAs.gid}`]),
  ];
  const neon = await emulatorChild(flags);
  const before = neon.memory();
  const start = performance.now();
  const ids = await create(neon, 0, computes);
  const answered = performance.now() - start;
  const states = z.object({ endpoints: z.array(z.object({ current_state: z.string() })) });
  await inParallel(ids.length, 4, async (index) => {
    const path = `/projects/${ids[index]}/endpoints`;
    while (states.parse(await neon.call('GET', path)).endpoints[0]?.current_state !== 'active')
      await new Promise((resolve) => setTimeout(resolve, 100));
  });
  const running = performance.now() - start;
  const answers = await times(neon, ids);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  printTable([
    ['computes on', `${computes} projects`],
    ['all creations answered after', seconds(answered)],
    ['all computes active after', seconds(running)],
    ['per project', seconds(running / computes)],
    ['get one, median', `${answers['get one']?.toFixed(1)} ms`],
    ['memory of the emulator alone, before', `${before.toFixed(1)} MB`],
    ['memory of the emulator alone, after', `${neon.memory().toFixed(1)} MB`],
  ]);
  const { projects: some } = listed.parse(await neon.call('GET', '/projects?limit=400'));
  if (some.length !== computes) throw new Error(`${some.length} projects where there should be ${computes}`);
  await neon.stop();
}

async function create(neon: EmulatorChild, from: number, to: number): Promise<string[]> {
  const ids: string[] = [];
  await inParallel(to - from, 20, async (index) => {
    const name = `tenant-${String(from + index).padStart(6, '0')}`;
    ids.push(created.parse(await neon.call('POST', '/projects', { project: { name } })).project.id);
  });
  return ids;
}

/** Medians, one call after the other, of projects spread over all there are. */
async function times(neon: EmulatorChild, ids: readonly string[]): Promise<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const [name, path] of Object.entries(questions)) {
    const taken: number[] = [];
    for (let call = 0; call < calls; call++) {
      const n = Math.floor((call / calls) * ids.length);
      const start = performance.now();
      await neon.call('GET', path(ids[n] ?? '', n));
      taken.push(performance.now() - start);
    }
    result[name] = median(taken);
  }
  return result;
}
