import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeWhenGone } from '../../emulator/postgres/index.js';

export interface ScratchFolder {
  readonly path: string;
  remove(): void;
}

/** A folder that is gone after the test, also when the test runner is killed. */
export function scratchFolder(prefix: string): ScratchFolder {
  const folder = mkdtempSync(path.join(tmpdir(), prefix));
  // The user that Postgres runs as, when we are root, has to pass through.
  chmodSync(folder, 0o711);
  const removal = removeWhenGone(folder);
  return {
    path: folder,
    remove() {
      rmSync(folder, { recursive: true, force: true });
      removal.cancel();
    },
  };
}
