import { once } from 'node:events';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ownCommand } from '../local/own-command.js';
import { startCodecServer } from '../payloads/codec-server.js';
import { setVariables } from '../tenancy/environment.js';
import { isLoopback } from '../tenancy/loopback.js';
import { readSetting } from '../worker/configuration.js';
import { listenProblem } from '../worker/listen-problem.js';
import { findRunningServers } from './running-servers.js';
import { say } from './say.js';
import { UsageError } from './usage-error.js';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly uiOrigin?: string;
}

/** Serves until a signal stops it, with the seal keys of the environment or of the running local stack. */
export async function codecServer({ port, host, uiOrigin }: Options): Promise<void> {
  const environment = (await findRunningServers())?.environment ?? process.env;
  const sealKeys = readSetting(environment, 'TENANTRY_SEAL_KEY')?.value;
  if (sealKeys === undefined)
    throw new UsageError(
      `TENANTRY_SEAL_KEY is not set or cannot be read: set it, or keep a stack up with: ${ownCommand} up`,
    );
  const token = process.env.TENANTRY_CODEC_TOKEN || undefined;
  if (token === undefined && !isLoopback(host) && host !== '::1')
    throw new UsageError(
      `at ${host} everybody who reaches it could read every payload: set TENANTRY_CODEC_TOKEN, or listen at 127.0.0.1`,
    );
  const { namespace = 'default' } = loadClientConnectConfig({ overrideEnvVars: setVariables(environment) });
  const server = await startCodecServer({ sealKeys, namespace, uiOrigin, token, host, port }).catch(
    (error) => {
      const problem = listenProblem(error);
      if (problem === undefined) throw error;
      throw new UsageError(
        `cannot listen at ${host}, port ${port}: ${problem}; name others with --port and --host`,
      );
    },
  );
  say(
    `Payloads are decrypted at ${server.url}, for ${uiOrigin ?? "Temporal's command alone"}. Ctrl-C stops it.`,
  );
  say(`  temporal workflow show --workflow-id … --codec-endpoint ${server.url}`);
  const stop = new AbortController();
  await Promise.race(
    ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) =>
      once(process, signal, { signal: stop.signal }).catch(() => {}),
    ),
  );
  stop.abort();
  await server.close();
}
