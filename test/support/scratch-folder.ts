import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeWhenGone } from '../../postgres/index.js';

export interface ScratchFolder {
  readonly path: string;
  remove(): void;
}

/** A folder that is gone after the test, also when the test runner is killed. */
export function scratchFolder(prefix: string): ScratchFolder {
  const folder = mkdtempSync(path.join(folderOfProcess(), prefix));
  // The user that Postgres runs as, when we are root, has to pass through.
  chmodSync(folder, 0o711);
  return {
    path: folder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

let ofProcess: string | undefined;

/** What watches over the end of this process is a process itself, so there is one for all folders. */
function folderOfProcess(): string {
  if (ofProcess === undefined) {
    ofProcess = mkdtempSync(path.join(tmpdir(), 'tenantry-tests-'));
    chmodSync(ofProcess, 0o711);
    removeWhenGone(ofProcess);
  }
  return ofProcess;
}
