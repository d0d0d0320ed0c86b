import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { compiledModule } from '../support/compiled-module.js';

/** Writes a fleet that plain Node reads, and returns its file. */
export async function plainFleet(folder: string): Promise<string> {
  const file = path.join(folder, 'tenantry.config.mjs');
  await writeFile(
    file,
    `import { defineFleet } from '${compiledModule('tenancy/index')}';
     export default defineFleet({ name: 'plain', plans: { free: { region: 'r', compute: { maxCu: 1 } } } });\n`,
  );
  return file;
}
