import { ownCommand } from '../local/own-command.js';
import type { ReadyStack, RunningStack } from '../local/running-stack.js';
import { StartError } from '../local/start-error.js';
import { onOneLine } from '../tenancy/redact.js';
import { subjectOf } from './doctor/subject.js';
import { type Part, partsOf } from './status/parts.js';

/** A part belongs to the stack if the stack reports its address. */
const namedBy = {
  temporal: 'TEMPORAL_ADDRESS',
  'temporal-ui': 'TEMPORAL_ADDRESS',
  catalog: 'TENANTRY_CATALOG_URL',
  neon: 'NEON_API_HOST',
} as const satisfies Record<Part['part'], string>;

const titles = {
  temporal: 'Temporal',
  'temporal-ui': "Temporal's UI",
  catalog: 'the Postgres of the catalog',
  neon: "the emulator of Neon's API",
} as const satisfies Record<Part['part'], string>;

/**
 * Throws a `StartError` that names the dead parts of a stack whose process is running, and the remedy. A stack that
 * is still starting has no parts yet.
 */
export async function refuseDeadParts({ pid, ready }: RunningStack): Promise<void> {
  if (ready === undefined) return;
  const dead = [...(await deadServers(ready)), ...deadWorker(ready)];
  if (dead.length === 0) return;
  throw new StartError(
    `the local stack of process ${pid} is up, but not all of it:\n${dead.map((line) => `  ${line}\n`).join('')}` +
      `Its data is kept, so start it anew: ${ownCommand} down, then ${ownCommand} up. What became of it: ${ownCommand} logs`,
  );
}

async function deadServers({ environment, uiUrl }: ReadyStack): Promise<string[]> {
  const parts = await partsOf(subjectOf({ ...process.env, ...environment }, ''), uiUrl);
  return parts
    .filter(({ part, status }) => status === 'down' && environment[namedBy[part]] !== undefined)
    .map(({ part, address, reason }) => `${titles[part]} at ${address} is down: ${onOneLine(reason ?? '')}`);
}

function deadWorker({ worker }: ReadyStack): string[] {
  return worker?.status === 'given-up' ? [`the worker is given up: ${onOneLine(worker.reason)}`] : [];
}
