import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/** A secret of the local stack: made at its first start, kept in a file that only its owner reads. */
export async function keptSecret(file: string, encoding: 'base64' | 'base64url'): Promise<string> {
  // `wx`: of two that start at once, one makes it and both read it.
  await writeFile(file, randomBytes(32).toString(encoding), { mode: 0o600, flag: 'wx' }).catch(
    (error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    },
  );
  return readFile(file, 'utf8');
}
