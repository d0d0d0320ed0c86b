import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { checkoutRoot } from '../../local/state-directory.js';

it('JSON reaches the catalog through the one door that makes it storable', async () => {
  const writing: string[] = [];
  for (const file of await readdir(path.join(checkoutRoot, 'catalog'))) {
    if (!file.endsWith('.ts')) continue;
    const code = await readFile(path.join(checkoutRoot, 'catalog', file), 'utf8');
    if (code.includes('JSON.stringify')) writing.push(file);
  }
  // What a seal authenticates, and names of secrets while they are sorted: neither is stored.
  expect(writing.sort()).toEqual(['reseal.ts', 'sealed-rows.ts']);
});
