import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';

/** The tenants' migrations can be applied, as far as that shows without a database. */
export const migrations: Check = {
  name: 'migrations',
  needs: ['fleet'],
  async make({ read }) {
    const { migrations: folder } = await readFleet(read('TENANTRY_CONFIG'));
    if (folder === undefined) return ok('the fleet has none');
    const found = await stat(folder).catch(() => undefined);
    if (!found?.isDirectory()) {
      return problem(
        `the fleet's migrations folder ${folder} does not exist`,
        "make it, or change the fleet's migrations",
      );
    }
    // What node-pg-migrate reads: links too, whatever they lead to.
    const files = (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && entry.name.endsWith('.sql'))
      .map(({ name }) => name)
      .sort();
    if (files.length === 0) {
      return problem(
        `${folder} holds no .sql file`,
        "put a first migration there, such as 0001_first.sql, or leave migrations out of the fleet's file",
      );
    }
    const flaws = [...flawsOfNames(files), ...(await flawsOfContents(folder, files))];
    return flaws.length === 0
      ? ok(`${files.length} in ${folder}, the newest ${files.at(-1)}`)
      : problem(flaws.join('; '), `rename, mend or remove what is named, in ${folder}`);
  },
};

/** Files are applied in the order of the numbers that their names begin with. */
function flawsOfNames(files: readonly string[]): string[] {
  const byNumber = new Map<number, string[]>();
  const flaws: string[] = [];
  for (const file of files) {
    const digits = /^\d+/.exec(file)?.[0];
    if (digits === undefined) {
      flaws.push(`${file} does not begin with a number`);
      continue;
    }
    byNumber.set(Number(digits), [...(byNumber.get(Number(digits)) ?? []), file]);
  }
  for (const [number, same] of byNumber) {
    if (same.length > 1) flaws.push(`${same.join(' and ')} have the same number, ${number}`);
  }
  return flaws;
}

async function flawsOfContents(folder: string, files: readonly string[]): Promise<string[]> {
  const flaws = await Promise.all(
    files.map(async (file) => {
      const content = await readFile(path.join(folder, file), 'utf8').catch(() => undefined);
      if (content === undefined) return [`${file} cannot be read`];
      return content.replace(/--.*$/gm, '').trim() === '' ? [`${file} holds no statement`] : [];
    }),
  );
  return flaws.flat();
}
