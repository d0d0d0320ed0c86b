import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compiledModule } from '../support/compiled-module.js';

const sourceMap = z.object({ sources: z.array(z.string()) });

/** What a compiled module loads before any of its code runs: our sources and those of packages, and packages by their names. */
function loadedBy(module: string): string[] {
  const files = new Set<string>();
  const packages = new Set<string>();
  const follow = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(staticImport))
      if (imported.startsWith('.')) follow(path.resolve(path.dirname(file), imported));
      else packages.add(imported);
  };
  follow(compiledModule(module));
  const sources = [...files].flatMap((file) => {
    const map = `${file}.map`;
    return existsSync(map) ? sourceMap.parse(JSON.parse(readFileSync(map, 'utf8'))).sources : [];
  });
  return [...sources, ...packages];
}

/** As esbuild writes it, with or without spaces. */
const staticImport = /(?:^|[;}])\s*(?:import|export)(?:[\s\w$*,{}]*?from)?\s*"([^"]+)"/gm;

const ofTenants = /\/node_modules\/(zod|kysely)\/|\/catalog\/|^pg$|^@temporalio\//;

describe('what is loaded first', () => {
  it('is neither the catalog nor zod nor Temporal for the command, so that help comes at once', () => {
    const loaded = loadedBy('cli/tenantry');
    expect(loaded.filter((name) => name.endsWith('cli/commands/onboard.ts'))).toHaveLength(1);
    expect(loaded.filter((name) => ofTenants.test(name))).toEqual([
      expect.stringMatching(/catalog\/seal\.ts$/),
    ]);
  });
});
