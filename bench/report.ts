import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { printTable } from './figures.js';
import type { Answer } from './question.js';

export interface Circumstances {
  readonly command: string;
  readonly at: string;
  readonly cores: number;
  readonly processor: string;
  readonly node: string;
  /** Processes that wanted to run in the last minute, when it began. Above the number of cores the machine was busy with something else. */
  readonly loadBefore: number;
}

export function circumstances(command: string): Circumstances {
  const all = cpus();
  return {
    command,
    at: new Date().toISOString(),
    cores: all.length,
    processor: all[0]?.model ?? 'unknown',
    node: process.version,
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}

/** Prints the table, and writes all figures with the circumstances that they were measured in. */
export async function report(answer: Answer, about: Circumstances, file: string): Promise<void> {
  printTable(answer.table);
  for (const [name, ratio] of Object.entries(answer.ratios)) console.log(`${name}: ${ratio.toFixed(2)}×`);
  const { at, cores, node, loadBefore } = about;
  console.log(`${at}, ${cores} cores, Node ${node}, load ${loadBefore.toFixed(1)} before`);
  await mkdir(path.dirname(file), { recursive: true });
  const { ratios, figures, broken = [] } = answer;
  await writeFile(file, `${JSON.stringify({ ...about, ratios, figures, broken }, null, 2)}\n`);
  for (const each of broken) console.error(each);
}
