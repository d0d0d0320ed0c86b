import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { leash } from '../../postgres/index.js';
import { compiledModule } from '../support/compiled-module.js';
import { checkedClient } from './openapi.js';
import { controlOf, postgresForTests } from './with-emulator.js';

const ready = z.object({ url: z.string(), controlUrl: z.string(), apiKey: z.string(), orgId: z.string() });

/** The emulator as a process of its own, so that it can be killed. */
export async function emulatorProcess(dataDir: string, timings: Record<string, number> = {}) {
  const { binDir, runAs } = postgresForTests();
  const child = await leash({
    command: process.execPath,
    args: [
      compiledModule('emulator/main'),
      `--data-dir=${dataDir}`,
      `--postgres-bin=${binDir}`,
      `--timings=${JSON.stringify(timings)}`,
      ...(runAs === undefined ? [] : [`--run-as=${runAs.uid}:${runAs.gid}`]),
    ],
  });
  if (child.stdout === null || child.stderr === null) throw new Error('no streams');
  child.stderr.pipe(process.stderr);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const said = ready.parse(JSON.parse(String(line)));
  return {
    ...said,
    api: checkedClient(said.url, said.apiKey),
    control: controlOf(said.controlUrl),
    kill: () => child.stop('SIGKILL'),
    stop: () => child.stop('SIGTERM'),
  };
}
