import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { isRunning, signalProcess } from '../../local/process-identity.js';
import { examples } from '../help.js';
import { answer } from '../say.js';

const stopTimeoutMs = 60_000;
const pauseMs = 100;

export function downCommand(program: Command): void {
  program
    .command('down')
    .description('stop the stack in the background; its data is kept')
    .addHelpText('after', examples('down'))
    .action(down);
}

async function down(): Promise<void> {
  const { findStack } = await import('../local-stack.js');
  const running = (await findStack())?.running;
  if (running === undefined) {
    answer('no stack is up');
    return;
  }
  await signalProcess(running, 'SIGTERM');
  for (const deadline = Date.now() + stopTimeoutMs; await isRunning(running); await sleep(pauseMs)) {
    if (Date.now() > deadline) throw new Error(`process ${running.pid} does not stop`);
  }
  answer('stopped');
}
