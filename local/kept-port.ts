import { readFile, writeFile } from 'node:fs/promises';
import { freePort, portIfFree } from './free-port.js';

/** The port that a file says was had last, if it is free; else the usual one, if that is, and else any. The file says it from then on. */
export async function keptPort(file: string, usual: number): Promise<number> {
  const last = Number(await readFile(file, 'utf8').catch(() => ''));
  const kept = Number.isInteger(last) && last > 0 ? await freePort(last).catch(() => undefined) : undefined;
  const port = kept ?? (await portIfFree(usual));
  await writeFile(file, `${port}\n`);
  return port;
}
