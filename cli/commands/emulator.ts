import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { emulatorEnvironment } from '../../local/emulator-environment.js';
import { requirePackagesFor } from '../../local/needed-packages.js';
import { ownProcess } from '../../local/own-process.js';
import { stateDirectory } from '../../local/state-directory.js';
import { ensureToolchain } from '../../local/toolchain/install-toolchain.js';
import { examples } from '../help.js';
import { answer, say } from '../say.js';

interface Options {
  readonly port?: string;
  readonly dataDir?: string;
  readonly apiKey?: string;
  readonly profile: string;
  readonly compute: boolean;
}

const ready = z.object({ url: z.string(), controlUrl: z.string(), apiKey: z.string(), orgId: z.string() });

export function emulatorCommand(program: Command): void {
  program
    .command('emulator')
    .description('run Neon on this machine: its API, and a Postgres for every branch')
    .option('--port <port>', 'where the API listens; by default a free port')
    .option('--data-dir <folder>', 'where everything is kept; by default .tenantry/emulator')
    .option('--api-key <key>', 'a key to accept; by default one that is made at the first start and kept')
    .addOption(new Option('--profile <profile>').choices(['fast', 'realistic']).default('realistic'))
    .option('--no-compute', 'answer everything but SQL, and run no Postgres')
    .addHelpText('after', examples('emulator', 'emulator --port 4400 --profile fast'))
    .action(emulator);
}

/** Runs the emulator in its own process, which cannot outlive this one: a closed stdin ends it. */
async function emulator(options: Options): Promise<void> {
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

async function flags({ port, dataDir, profile, compute }: Options): Promise<string[]> {
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
