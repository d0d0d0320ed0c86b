import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkoutRoot } from '../local/state-directory.js';
import { bundle } from '../setup/bundle.mjs';
import fleet from './onboarding/tenantry.config.js';

/** Compiles the package as it is packed, for one measurement. */
export async function withCompiled<T>(work: (folder: string) => Promise<T>): Promise<T> {
  // Inside the checkout, so that it finds the packages.
  const folder = path.join(checkoutRoot, '.tenantry', `compiled-${process.pid}`);
  try {
    await bundle(checkoutRoot, folder, [], { merged: true });
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The fleet of the benches in a file that Node reads without what reads TypeScript. It has no migrations. */
export async function fleetFor(folder: string): Promise<string> {
  const file = path.join(folder, 'tenantry.config.mjs');
  const { name, plans, defaultPlan, timings } = fleet;
  await writeFile(file, `export default ${JSON.stringify({ name, plans, defaultPlan, timings })};\n`);
  return file;
}
