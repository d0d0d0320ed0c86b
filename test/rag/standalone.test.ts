import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkoutRoot } from '../../local/state-directory.js';

const releases = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({ dependencies: releases, devDependencies: releases });
const manifest = (folder: string) =>
  manifestSchema.parse(JSON.parse(readFileSync(path.join(checkoutRoot, folder, 'package.json'), 'utf8')));

it('the manifest for a folder of one’s own names the releases that the example is tested with', () => {
  const { dependencies, devDependencies } = manifest('.');
  const tested = { ...devDependencies, ...dependencies };
  const theirs = manifest('examples/rag/standalone');
  const named = Object.entries({ ...theirs.dependencies, ...theirs.devDependencies });
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter(([name, release]) => name !== 'tenantry' && tested[name] !== release)).toEqual([]);
});
