// A folder with a note of the process that works in it, so that what a killed one left can be told from what is in use. Plain Node, as its
// neighbours are.

import { readFile, readlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isRunning, ownIdentity } from './process-identity.mjs';

const noteIn = (folder) => join(folder, 'owner.json');

export async function noteOwner(folder) {
  const note = { where: await here(), ...(await ownIdentity()) };
  await writeFile(noteIn(folder), JSON.stringify(note), { mode: 0o600 });
}

export async function ownerOf(folder) {
  const note = await readNote(folder);
  if (note?.where !== (await here())) return 'unknown';
  return (await isRunning(note)) ? 'running' : 'gone';
}

async function readNote(folder) {
  try {
    return JSON.parse(await readFile(noteIn(folder), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Where a pid means the same process: containers may share a name and a folder, and count their processes each for itself. */
async function here() {
  const space = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${hostname()} ${space}`;
}
