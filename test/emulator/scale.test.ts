import { afterAll, beforeAll, describe, expect } from 'vitest';
import { z } from 'zod';
import { type EmulatorChild, emulatorChild } from '../../bench/emulator/emulator-child.js';
import { inParallel } from '../../bench/figures.js';
import { more } from '../support/long-form.js';
import { scratchFolder } from '../support/scratch-folder.js';

/** A short form of `bench/emulator/scale.ts`, which is where the times are taken. */
const count = 2_000;

const folder = scratchFolder('neon-emulator-');
const start = () => emulatorChild([`--data-dir=${folder.path}`, '--no-compute']);
const page = z.object({
  projects: z.array(z.object({ id: z.string(), name: z.string() })),
  pagination: z.object({ cursor: z.string() }).optional(),
});

let neon: EmulatorChild;
beforeAll(async () => {
  neon = await start();
});
afterAll(async () => {
  await neon.stop();
  folder.remove();
});

const list = async (query: string) => page.parse(await neon.call('GET', `/projects?${query}`));

async function everyName(): Promise<string[]> {
  const names: string[] = [];
  for (let cursor = ''; ; ) {
    const { projects, pagination } = await list(`limit=400&cursor=${cursor}`);
    names.push(...projects.map(({ name }) => name));
    if (projects.length < 400) return names;
    cursor = pagination?.cursor ?? '';
  }
}

describe(`an emulator with ${count} projects and no computes`, { timeout: 180_000 }, () => {
  more('lists each once and finds any, in bounded memory, before and after a restart', async () => {
    await inParallel(count, 20, async (index) => {
      await neon.call('POST', '/projects', { project: { name: `tenant-${index}-end` } });
    });
    for (const life of ['first', 'second']) {
      if (life === 'second') {
        await neon.stop();
        neon = await start();
      }
      const names = await everyName();
      expect(names).toHaveLength(count);
      expect(new Set(names).size).toBe(count);
      for (const index of [0, 777, count - 1])
        expect((await list(`search=tenant-${index}-end`)).projects).toHaveLength(1);
      expect(neon.memory()).toBeLessThan(400);
    }
  });
});
