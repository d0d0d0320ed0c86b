import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assemble, dismantle } from './assemble.js';
import { Calls } from './control/calls.js';
import { Faults } from './control/faults.js';
import { Keyring } from './keyring.js';
import type { NeonEmulator, NeonEmulatorOptions } from './options.js';
import { resumeEndpoints } from './resume.js';
import { apiPrefix, controlPrefix, createServer } from './server/server.js';
import { dataOwners } from './state/data-owners.js';
import { Store } from './state/store.js';
import { UnfitOptionError } from './unfit-option-error.js';

export type { Limits } from './limits.js';
export type { AnsweredCall, KeyKind, NeonEmulator, NeonEmulatorOptions, SslMode } from './options.js';
export type { Profile, Timings } from './timings.js';

/**
 * Starts Neon on this machine. Resolves when it answers; what an earlier run left unfinished goes on by itself.
 * @throws when the port is taken, Postgres cannot run, or another emulator works in the same folder.
 */
export async function startNeonEmulator(options: NeonEmulatorOptions): Promise<NeonEmulator> {
  checkPostgres(options);
  const dataDir = resolve(options.dataDir);
  const host = options.host ?? '127.0.0.1';
  const store = await Store.open(stateFolder(dataDir));
  const keyring = new Keyring(store, dataDir);
  const account = keyring.account();
  const apiKey = keyring.organizationKey(options.apiKey);
  const faults = new Faults();
  const neon = await assemble({ options, dataDir, host, store, account, faults }).catch(async (error) => {
    await store.close();
    throw error;
  });
  const server = createServer({ neon, faults, calls: new Calls(options.onCall) });
  const stop = async () => {
    faults.stop();
    await server.close();
    await dismantle(neon);
  };

  try {
    await neon.computes.sweep(dataOwners(store));
    await resumeEndpoints(neon);
    neon.engine.resume();
    neon.graveyard.resume();
    neon.lifetimes.resume();
    await store.written();
    const { port } = new URL(await server.listen({ host, port: options.port ?? 0 }));
    const origin = `http://${neon.address.host}:${port}`;
    return {
      url: origin + apiPrefix,
      controlUrl: origin + controlPrefix,
      apiKey,
      orgId: account.id,
      caFile: neon.address.caFile,
      async createApiKey(kind, projectId) {
        const secret = keyring.create(kind, projectId);
        await store.written();
        return secret;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Before a folder is made: an emulator that cannot start leaves nothing behind. */
function checkPostgres({ compute = true, postgres }: NeonEmulatorOptions): void {
  if (!compute) return;
  if (postgres === undefined)
    throw new UnfitOptionError(
      'computes need a Postgres 18: name its folder (--postgres-bin), or leave computes out (--no-compute)',
    );
  if (!existsSync(join(postgres.binDir, 'postgres')))
    throw new UnfitOptionError(
      `there is no Postgres in ${postgres.binDir}: name the folder of Postgres 18's initdb and postgres (--postgres-bin)`,
    );
}

function stateFolder(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true });
  // The user that Postgres runs as passes through the one and sees nothing of the other.
  chmodSync(dataDir, 0o711);
  const folder = join(dataDir, 'state');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
