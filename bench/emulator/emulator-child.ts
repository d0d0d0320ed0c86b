import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const ready = z.object({ url: z.string(), controlUrl: z.string(), apiKey: z.string(), orgId: z.string() });

export interface EmulatorChild {
  readonly pid: number;
  readonly apiKey: string;
  readonly orgId: string;
  readonly url: string;
  readonly controlUrl: string;
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Resident memory of the emulator's own process, in MB. */
  memory(): number;
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** The emulator in a process of its own, so that its memory is nobody else's. */
export async function emulatorChild(flags: readonly string[]): Promise<EmulatorChild> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', resolve('emulator/main.ts'), ...flags, '--leashed'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { url, controlUrl, apiKey, orgId } = ready.parse(JSON.parse(String(line)));
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    pid: child.pid ?? Number.NaN,
    apiKey,
    orgId,
    url,
    controlUrl,
    async call(method, path, body) {
      const response = await fetch(url + path, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
      return answer;
    },
    memory: () => residentMegabytes(child),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

function residentMegabytes({ pid }: ChildProcess): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}
