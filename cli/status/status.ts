import { ownCommand } from '../../local/own-command.js';
import { subjectOf } from '../doctor/subject.js';
import { exitCodes } from '../exit-codes.js';
import { findRunningServers } from '../running-servers.js';
import { answer, answerJson } from '../say.js';
import { UsageError } from '../usage-error.js';
import { firstLineOn } from '../verdict.js';
import { ownVersion } from '../version.js';
import type { Status } from './found.js';
import { partsOf } from './parts.js';
import { queueStatuses } from './pollers.js';
import { stacksOf } from './stacks.js';
import { statusLines } from './status-lines.js';
import { waitsOf } from './waits.js';

/** Checks everything, reports it, and exits with 0 only if all of it is well. */
export async function status({ json }: { json?: true }): Promise<void> {
  const running = await findRunningServers();
  if (running === undefined)
    throw new UsageError(
      `no stack is up, and the environment names none; keep one up with: ${ownCommand} up`,
    );
  const { environment, uiUrl } = running;
  const subject = subjectOf(environment, '');
  const [parts, stacks, waits, polled] = await Promise.all([
    partsOf(subject, uiUrl),
    stacksOf(running),
    waitsOf(subject),
    queueStatuses(subject).then(
      (queues) => ({ queues, queuesReason: null }),
      async (error: unknown) => ({ queues: null, queuesReason: await firstLineOn(error) }),
    ),
  ]);
  const found: Status = {
    version: ownVersion(),
    node: process.version,
    ...stacks,
    parts,
    ...polled,
    waits,
  };
  if (json) answerJson(found);
  else for (const line of statusLines(found)) answer(line);
  // The exit is immediate: an abandoned request may still hold a connection open.
  process.exit(verdict(found));
}

function verdict({ parts, queues, stack, waits }: Status): number {
  const down = parts.filter((each) => each.status === 'down').map((each) => each.part);
  if (down.includes('temporal') || down.includes('catalog')) return exitCodes.cannotReach;
  const worker = stack?.worker?.status ?? 'running';
  const polled = queues?.every((each) => each.polled) ?? false;
  const areUp = parts.every((each) => each.status === 'up');
  // The key of this environment may differ from the workers'.
  const keyServes = !(waits ?? []).some(({ type }) => type === 'NeonKeyRefused');
  return areUp && keyServes && worker === 'running' && polled ? exitCodes.done : exitCodes.failed;
}
