import { appendFileSync, chmodSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { whenEdited } from '../../local/edited-files.js';
import { eventually } from '../support/eventually.js';
import { scratchFolder } from '../support/scratch-folder.js';

it('takes for an edit what is saved, in place or anew, and not another mode or owner', async () => {
  const scratch = scratchFolder('tenantry-edited-');
  onTestFinished(() => scratch.remove());
  const guarded = path.join(scratch.path, 'guarded');
  const edited = path.join(scratch.path, 'edited');
  const seen: string[] = [];
  for (const file of [guarded, edited]) {
    writeFileSync(file, 'as it was');
    onTestFinished(whenEdited([file], () => seen.push(file)));
  }
  // The first look is what later ones are compared with.
  await sleep(100);
  chmodSync(guarded, 0o600);
  appendFileSync(edited, ', and more');
  await eventually('the edit is seen', async () => seen.includes(edited));
  writeFileSync(`${edited}.new`, 'in its place');
  renameSync(`${edited}.new`, edited);
  await eventually('the new file is seen', async () => seen.filter((file) => file === edited).length === 2);
  expect(seen).toEqual([edited, edited]);
});
