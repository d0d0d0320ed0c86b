import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files, each in a process of its own, note what they have exercised. Absent: nobody wants to know. */
    emulatorCoverage: string | undefined;
  }
}

const noted = new Set<string>();

/** Notes that an operation has been answered with success, and to whom. */
export function sawSuccess(id: string, client: string): void {
  const folder = inject('emulatorCoverage');
  const line = JSON.stringify({ id, client });
  if (folder === undefined || noted.has(line)) return;
  noted.add(line);
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${line}\n`);
}
