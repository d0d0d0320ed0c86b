import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

export interface ServerProcess {
  readonly url: string;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const usualPort = 3000;
const keptOfLog = 4_000;

const pathOf = (file: string) => path.join(import.meta.dirname, file);

/** The application's server in a process of its own, as in production. Resolves once it answers. */
export async function startServer(environment: NodeJS.ProcessEnv): Promise<ServerProcess> {
  const port = await freePort();
  const leash = pathToFileURL(pathOf('end-with-parent.ts')).href;
  const server = spawn(
    process.execPath,
    [...process.execArgv, '--import', leash, pathOf('../server/main.ts')],
    {
      env: { ...environment, PORT: String(port), HOST: host },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  const log = endOfLog(server);
  const url = `http://${host}:${port}`;
  while (!(await answers(url))) {
    if (server.exitCode !== null || server.signalCode !== null)
      throw new Error(`The server did not start. The end of its log:\n${log()}`);
    await sleep(50);
  }
  return {
    url,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    },
  };
}

function endOfLog({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text = (text + piece).slice(-keptOfLog);
    });
  }
  return () => text;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** The port that people expect, or any other if somebody has it. */
async function freePort(): Promise<number> {
  return (await portIfFree(usualPort)) ?? (await portIfFree(0)) ?? usualPort;
}

function portIfFree(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const trial = createServer();
    trial.once('error', () => resolve(undefined));
    trial.listen(wanted, host, () => {
      const address = trial.address();
      trial.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
