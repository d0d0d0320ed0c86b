import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { checkoutRoot } from '../../local/state-directory.js';

const run = promisify(execFile);

// The whole stack, a worker and a server of its own, with the model's own vectors: 21 s of processor time.
it('the demo answers each of two workspaces from its own documents alone', { timeout: 180_000 }, async () => {
  const demo = path.join(checkoutRoot, 'examples/rag/demo.ts');
  const { stdout } = await run(
    process.execPath,
    ['--conditions=tenantry-source', '--import', 'tsx', demo, '--check'],
    {
      cwd: checkoutRoot,
    },
  );
  expect(stdout).toContain('26 days of paid leave a year. [1]');
  expect(stdout).toContain('31 days of paid leave a year');
  expect(stdout).toContain('✓ the neighbour finds nothing');
});
