import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { ownCommand } from '../../local/own-command.js';
import { ownProcess } from '../../local/own-process.js';
import { findRunningStack, type RunningStack } from '../../local/running-stack.js';
import { stackFolder } from '../local-stack.js';
import { answer, say } from '../say.js';

const startTimeoutMs = 90_000;
const pauseMs = 100;

export function upCommand(program: Command): void {
  program.command('up').description('bring the whole stack up in the background').action(up);
}

async function up(): Promise<void> {
  const stateDir = await stackFolder();
  const running = await findRunningStack(stateDir);
  if (running !== undefined) {
    say('The stack is up already.');
    tell(running);
    return;
  }
  const logFile = path.join(stateDir, 'stack.log');
  const log = await open(logFile, 'w', 0o600);
  const child = spawn(process.execPath, [...ownProcess('cli/main'), 'dev'], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  await log.close();
  for (const deadline = Date.now() + startTimeoutMs; ; await sleep(pauseMs)) {
    const started = await findRunningStack(stateDir);
    if (started?.ready !== undefined) {
      tell(started);
      return;
    }
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`the stack did not come up:\n${await readFile(logFile, 'utf8')}`);
    }
  }
}

function tell({ pid, ready }: RunningStack): void {
  answer(`The stack is up, as process ${pid}. Stop it with: ${ownCommand} down`);
  if (ready?.uiUrl !== undefined) answer(`  Temporal UI    ${ready.uiUrl}`);
  if (ready?.environment.NEON_API_HOST) answer(`  Neon emulator  ${ready.environment.NEON_API_HOST}`);
}
