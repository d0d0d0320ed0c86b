// One set-up at a time, and one installation of the toolchain. The lock is a folder that appears by `rename` with its owner's pid already
// inside, so nobody ever sees a lock without an owner. A set-up that was killed leaves a lock with a dead owner.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const POLL_MS = 200;

export async function withLock(lock, work) {
  const claim = `${lock}.${process.pid}`;
  mkdirSync(claim, { recursive: true });
  writeFileSync(join(claim, 'pid'), String(process.pid));
  try {
    await acquire(lock, claim);
    clearGraves(lock);
    return await work();
  } finally {
    if (ownerOf(lock) === process.pid) rmSync(lock, { recursive: true });
    rmSync(claim, { recursive: true, force: true });
  }
}

async function acquire(lock, claim) {
  for (let told = false; !moved(claim, lock); await setTimeout(POLL_MS)) {
    const owner = ownerOf(lock);
    if (owner === undefined) continue;
    if (!isAlive(owner)) {
      moved(lock, grave(lock, owner));
    } else if (!told) {
      console.error(`Waiting for the set-up of process ${owner} (its lock: ${lock}).`);
      told = true;
    }
  }
}

/** Named for the dead owner: of two that find the same dead lock, the second finds the grave taken and spares the new lock. */
const grave = (lock, owner) => `${lock}.dead-${owner}`;

function clearGraves(lock) {
  const graves = readdirSync(dirname(lock)).filter((name) => name.startsWith(grave(basename(lock), '')));
  for (const name of graves) rmSync(join(dirname(lock), name), { recursive: true });
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

function ownerOf(lock) {
  try {
    return Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
