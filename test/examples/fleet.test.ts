import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { checkoutRoot } from '../../local/state-directory.js';
import { longForm } from '../support/long-form.js';

it.runIf(longForm)(
  'the example of a fleet stops at its canary, and reaches everybody once that is mended',
  { timeout: 180_000 },
  async () => {
    const script = path.join(checkoutRoot, 'examples', 'fleet', 'rollout.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--conditions=tenantry-source',
      '--import',
      'tsx',
      script,
    ]);
    expect(stdout).toContain('stopped, wave 1: 0 done, 1 failed, 0 running, 11 waiting');
    expect(stdout).toContain('customer-03: migration 0003_unique.sql, line 1: unique_violation (23505)');
    expect(stdout).toContain("by migration: [ { schemaVersion: '0003_unique', tenants: 12 } ]");
    expect(stdout).toContain("customer-07 has what the application needs: [ { body: 'once' } ]");
  },
);
