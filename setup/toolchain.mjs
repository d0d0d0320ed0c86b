// The binaries beside the packages. Finding them is TypeScript's work (local/toolchain/toolchain.ts), but starting that
// takes longer than a second run should: what was found is kept with a digest of everything the search looks at. A shell that knows of
// a stack looks elsewhere than one that does not, so the last few searches are kept.

import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function toolchainReady(checkout) {
  const now = searched(checkout);
  return readRecords(checkout).some(
    (record) => record.searched === now && record.found.every((path) => existsSync(path)),
  );
}

export async function prepareToolchain(checkout) {
  const installer = fork(join(checkout, 'local/toolchain/toolchain-process.ts'), {
    cwd: checkout,
    execArgv: ['--import', 'tsx'],
  });
  let toolchain;
  installer.on('message', (message) => {
    toolchain = message;
  });
  const [code] = await once(installer, 'exit');
  if (code !== 0)
    throw new Error('Set-up stopped: the local stack has no toolchain yet; the reason is above.');
  const found = [toolchain.temporal, toolchain.postgres.binDir];
  const record = { searched: searched(checkout), found };
  const others = readRecords(checkout).filter((each) => each.searched !== record.searched);
  writeFileSync(recordFile(checkout), JSON.stringify([record, ...others].slice(0, kept)));
}

function searched(checkout) {
  const { PATH, HOME, XDG_CACHE_HOME, TENANTRY_TEMPORAL_BIN, TENANTRY_POSTGRES_BIN } = process.env;
  const requirements = readFileSync(join(checkout, 'setup/requirements.txt'), 'utf8');
  const homes = [HOME, XDG_CACHE_HOME, process.getuid?.()];
  const inputs = [requirements, PATH, TENANTRY_TEMPORAL_BIN, TENANTRY_POSTGRES_BIN, ...homes];
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

const kept = 8;

function readRecords(checkout) {
  try {
    return JSON.parse(readFileSync(recordFile(checkout), 'utf8'));
  } catch {
    return [];
  }
}

const recordFile = (checkout) => join(checkout, '.tenantry/toolchains.json');
