import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { emulatorEnvironment } from '../local/emulator-environment.js';
import { requirePackagesFor } from '../local/needed-packages.js';
import { ownProcess } from '../local/own-process.js';
import { stateDirectory } from '../local/state-directory.js';
import { ensureToolchain } from '../local/toolchain/install-toolchain.js';
import { answer, say } from './say.js';

export interface EmulatorOptions {
  readonly port?: string;
  readonly dataDir?: string;
  readonly apiKey?: string;
  readonly profile: string;
  readonly compute: boolean;
}

const ready = z.object({ url: z.string(), controlUrl: z.string(), apiKey: z.string(), orgId: z.string() });

/** Runs the emulator in its own process, which cannot outlive this one: a closed stdin ends it. */
export async function emulator(options: EmulatorOptions): Promise<void> {
  requirePackagesFor('the emulator');
  const child = spawn(
    process.execPath,
    [...ownProcess('emulator/main'), ...(await flags(options)), '--leashed'],
    { stdio: ['pipe', 'pipe', 'inherit'], env: emulatorEnvironment(options.apiKey) },
  );
  const stop = () => child.kill('SIGTERM');
  // Ctrl-C reaches both processes. Both should stop, but callers wait for the end of this one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const ended = once(child, 'exit');
  const line = await Promise.race([firstLine(child), ended.then(() => undefined)]);
  if (line !== undefined) tell(ready.parse(JSON.parse(line)));
  const [code] = await ended;
  process.exitCode = typeof code === 'number' ? code : 1;
}

async function flags({ port, dataDir, profile, compute }: EmulatorOptions): Promise<string[]> {
  const folder = dataDir ?? path.join(await stateDirectory(), 'emulator');
  return [
    `--data-dir=${path.resolve(folder)}`,
    `--profile=${profile}`,
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(compute ? await postgresFlags() : ['--no-compute']),
  ];
}

async function postgresFlags(): Promise<string[]> {
  const { postgres } = await ensureToolchain();
  const { binDir, runAs } = postgres;
  return [`--postgres-bin=${binDir}`, ...(runAs === undefined ? [] : [`--run-as=${runAs.uid}:${runAs.gid}`])];
}

async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) return line;
  return undefined;
}

function tell({ url, controlUrl, apiKey, orgId }: z.infer<typeof ready>): void {
  say('Neon runs on this machine. Ctrl-C stops it; its data is kept.\n');
  answer(`API           ${url}`);
  answer(`API key       ${apiKey}`);
  answer(`organization  ${orgId}`);
  answer(`control       ${controlUrl}`);
  say('\nElsewhere, the neon command works with it:');
  say(`  export NEON_API_HOST=${url} NEON_API_KEY=${apiKey}`);
  say(`  neon projects create --org-id ${orgId} --name acme`);
}
