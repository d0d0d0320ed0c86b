import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { startNeonEmulator } from 'tenantry/emulator';
import { expect, it } from 'vitest';

it('starts an emulator of Neon with nothing said, and takes its data away with it', async () => {
  const before = new Set(readdirSync(tmpdir()));
  const neon = await startNeonEmulator();
  const response = await fetch(`${neon.url}/projects`, {
    headers: { authorization: `Bearer ${neon.apiKey}` },
  });
  expect(await response.json()).toMatchObject({ projects: [] });
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith('neon-') && !before.has(name));
  expect(folders).not.toEqual([]);
  await neon.stop();
  for (const folder of folders) expect(existsSync(`${tmpdir()}/${folder}`)).toBe(false);
});
