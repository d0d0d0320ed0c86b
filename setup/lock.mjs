// One set-up at a time, and one installation of the toolchain. The lock is a folder that appears by `rename` with its owner already named
// inside, so nobody ever sees a lock without an owner. A set-up that was killed leaves a lock whose owner runs no more; that its pid was
// given to a stranger since makes no difference, for an owner is a pid and when its process started.

import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isRunning, ownIdentity } from './process-identity.mjs';

const POLL_MS = 200;

export async function withLock(lock, work) {
  const own = await ownIdentity();
  const claim = mkdtempSync(`${lock}.claim-`);
  writeFileSync(join(claim, 'owner'), JSON.stringify(own));
  try {
    await acquire(lock, claim);
    await clearLeftovers(lock);
    return await work();
  } finally {
    if (isSame(ownerOf(lock), own)) rmSync(lock, { recursive: true });
    rmSync(claim, { recursive: true, force: true });
  }
}

async function acquire(lock, claim) {
  for (let told = false; !moved(claim, lock); await setTimeout(POLL_MS)) {
    const owner = ownerOf(lock);
    if (owner === undefined) continue;
    if (!(await runs(owner))) {
      // Looked at again, because the question took its time: the lock may be somebody else's by now.
      if (isSame(ownerOf(lock), owner)) moved(lock, grave(lock, owner));
    } else if (!told) {
      console.error(`Waiting for the set-up of process ${owner.pid} (its lock: ${lock}).`);
      told = true;
    }
  }
}

/** Named for the dead owner: of two that find the same dead lock, the second finds the grave taken and spares the new lock. */
const grave = (lock, { pid }) => `${lock}.dead-${pid}`;

/** Graves, and the claims of those that were killed while they waited. */
async function clearLeftovers(lock) {
  const names = readdirSync(dirname(lock)).filter((name) => name.startsWith(`${basename(lock)}.`));
  for (const folder of names.map((name) => join(dirname(lock), name))) {
    const owner = ownerOf(folder);
    // One without an owner is only just being made.
    if (owner !== undefined && !(await runs(owner))) rmSync(folder, { recursive: true, force: true });
  }
}

/** `rename` puts a folder in place only where there is none, or an empty one: the whole of the mutual exclusion. */
function moved(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code)) return false;
    throw error;
  }
}

/** Undefined where there is no lock. A lock that names its owner otherwise is of an earlier release, and proves nothing. */
function ownerOf(lock) {
  try {
    return JSON.parse(readFileSync(join(lock, 'owner'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return existsSync(join(lock, 'pid')) ? { pid: 0 } : undefined;
    throw error;
  }
}

const runs = async (owner) => owner.started !== undefined && (await isRunning(owner));

const isSame = (one, other) => one?.pid === other.pid && one.started === other.started;
