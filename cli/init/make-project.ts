import { lstat, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../usage-error.js';
import { withIgnored } from './git-ignore.js';
import { type KeptScript, withOurs } from './package-json.js';
import { migrationsFolder, projectFiles } from './project-files.js';

export interface MadeProject {
  readonly name: string;
  /** New files, relative to the folder. */
  readonly created: readonly string[];
  /** Existing files with additions. */
  readonly changed: readonly string[];
  readonly keptScripts: readonly KeptScript[];
}

/**
 * Each of these shows that the folder already belongs to Tenantry, or has migrations that would be applied to every
 * tenant together with ours.
 */
const others = ['tenantry.config.ts', 'tenantry.config.js', migrationsFolder];

/**
 * Writes a project into a folder, and never overwrites a file: `package.json` and `.gitignore` get additions, and for
 * any other existing file it throws `UsageError`, before anything is written.
 */
export async function makeProject(folder: string, name: string): Promise<MadeProject> {
  const files = projectFiles(name);
  await refuseTaken(folder, Object.keys(files));
  const at = (file: string) => path.join(folder, file);
  const manifest = withOurs(await textOf(at('package.json')), name);
  const ignored = withIgnored(await textOf(at('.gitignore')));
  const created: string[] = [];
  const changed: string[] = [];
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(at(file)), { recursive: true });
    await writeFile(at(file), text, { flag: 'wx' });
    created.push(file);
  }
  const edits = { 'package.json': manifest, '.gitignore': ignored };
  for (const [file, { before, after }] of Object.entries(edits)) {
    if (after === before) continue;
    await writeFile(at(file), after, before === undefined ? { flag: 'wx' } : {});
    (before === undefined ? created : changed).push(file);
  }
  return { name, created, changed, keptScripts: manifest.kept };
}

async function refuseTaken(folder: string, files: readonly string[]): Promise<void> {
  const taken: string[] = [];
  for (const file of [...files, ...others]) {
    const parent = path.dirname(file);
    // A link counts as existing too, wherever it leads.
    if (await lstat(path.join(folder, file)).then(Boolean, isAbsent)) taken.push(file);
    else if (!(await stat(path.join(folder, parent)).then((there) => there.isDirectory(), isAway)))
      taken.push(parent);
  }
  if (taken.length === 0) return;
  const names = [...new Set(taken)]
    .filter((name) => !taken.some((file) => file.startsWith(`${name}/`)))
    .join(', ');
  throw new UsageError(
    `nothing was written, because of what is here already: ${names}. Move that away, or make the project in another folder`,
  );
}

function isAbsent(error: NodeJS.ErrnoException): boolean {
  // There is nothing below a file.
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
  throw error;
}

/** A missing folder can be created. */
function isAway(error: NodeJS.ErrnoException): boolean {
  if (error.code === 'ENOENT') return true;
  throw error;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
