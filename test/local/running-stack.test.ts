import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { checkoutRoot } from '../../local/state-directory.js';
import { scratchFolder } from '../support/scratch-folder.js';

it('gives a folder whose stack has ended to one of those who claim it at once', async () => {
  const scratch = scratchFolder('tenantry-claims-');
  const folders = Array.from({ length: 25 }, (_, index) => path.join(scratch.path, String(index)));
  for (const folder of folders) {
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'stack.json'), JSON.stringify({ pid: 2 ** 30, started: 'long ago' }));
  }
  const script = path.join(checkoutRoot, 'test', 'local', 'claim-stacks.ts');
  // Time for all to have started.
  const at = String(Date.now() + 4_000);
  const claimants = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ['--import', 'tsx', script, at, ...folders], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  try {
    const claimed = await Promise.all(
      claimants.map(async ({ stdout }) => {
        const got: string[] = [];
        for await (const line of createInterface({ input: stdout })) {
          if (line === 'end') break;
          got.push(line);
        }
        return got;
      }),
    );
    expect(claimed.flat().sort()).toEqual([...folders].sort());
  } finally {
    for (const claimant of claimants) claimant.kill('SIGKILL');
    scratch.remove();
  }
});
