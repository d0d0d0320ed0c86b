import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ownRoot } from '../local/own-modules.js';

const ownPackage = z.object({ name: z.literal('tenantry'), version: z.string() });

/** The version of this release. In a package, `package.json` is beside the folder of the compiled code. */
export function ownVersion(): string {
  for (const folder of [ownRoot, path.join(ownRoot, '..')]) {
    const found = ownPackage.safeParse(contentOf(path.join(folder, 'package.json')));
    if (found.success) return found.data.version;
  }
  return 'of unknown version';
}

function contentOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
