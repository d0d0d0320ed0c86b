import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ownRoot } from '../local/own-modules.js';

/** The version of this release. In a package, `package.json` is beside the folder of the compiled code. */
export function ownVersion(): string {
  for (const folder of [ownRoot, path.join(ownRoot, '..')]) {
    const version = versionIn(path.join(folder, 'package.json'));
    if (version !== undefined) return version;
  }
  return 'of unknown version';
}

/** Without zod, which every command would load for this alone. */
function versionIn(file: string): string | undefined {
  try {
    const { name, version }: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
    return name === 'tenantry' && typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
