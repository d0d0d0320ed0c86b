import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { requirePackagesFor } from '../local/needed-packages.js';
import { ownCommand } from '../local/own-command.js';
import { ownProcess } from '../local/own-process.js';
import { findRunningStack, type RunningStack } from '../local/running-stack.js';
import { logFileOf } from '../local/stack-logs.js';
import { StartError } from '../local/start-error.js';
import { loadFleet } from '../worker/load-fleet.js';
import { refuseDeadParts } from './dead-parts.js';
import { fleetFile } from './fleet-file.js';
import { stackFolder } from './local-stack.js';
import { healthPortRemark, ownWorker, type WorkerChoice, workerWords } from './own-worker.js';
import { answer, say } from './say.js';
import { stackAddresses } from './stack-addresses.js';

const startTimeoutMs = 90_000;
const pauseMs = 100;

/** Starts `dev` as a process of its own, and ends once its stack is up. */
export async function up(choice: WorkerChoice): Promise<void> {
  const stateDir = await stackFolder();
  const running = await findRunningStack(stateDir);
  if (running !== undefined) {
    await refuseDeadParts(running);
    say('The stack is up already.');
    tell(running);
    return;
  }
  requirePackagesFor('the local stack');
  const fleet = fleetFile();
  await loadFleet(fleet);
  ownWorker(fleet, choice);
  const remark = healthPortRemark(choice);
  if (remark !== undefined) say(remark);
  const logFile = logFileOf(stateDir, 'stack');
  const log = await open(logFile, 'w', 0o600);
  const child = spawn(process.execPath, [...ownProcess('cli/main'), 'dev', ...workerWords(choice)], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  await log.close();
  let told = 0;
  for (const deadline = Date.now() + startTimeoutMs; ; await sleep(pauseMs)) {
    const started = await findRunningStack(stateDir);
    told += await tellSteps(logFile, told);
    if (started?.ready !== undefined) {
      tell(started);
      return;
    }
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new StartError(`the stack did not come up:\n${(await readFile(logFile, 'utf8')).trimEnd()}`);
    }
  }
}

/** Repeats what `dev` reports about its start, from a line on; returns the number of new lines. */
async function tellSteps(logFile: string, from: number): Promise<number> {
  const lines = (await readFile(logFile, 'utf8')).split('\n').slice(from, -1);
  for (const line of lines) if (line.startsWith('starting ')) say(line);
  return lines.length;
}

function tell({ pid, ready }: RunningStack): void {
  answer(`The stack is up, as process ${pid}. Stop it with: ${ownCommand} down`);
  if (ready !== undefined) for (const line of stackAddresses(ready)) answer(line);
}
