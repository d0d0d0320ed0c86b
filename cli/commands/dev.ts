import type { Command } from 'commander';
import { ownCommand } from '../../local/own-command.js';
import { findRunningStack } from '../../local/running-stack.js';
import { refuseDeadParts } from '../dead-parts.js';
import { examples } from '../help.js';
import { stackFolder, startCheckoutStack } from '../local-stack.js';
import { healthPortRemark, type WorkerChoice, workerOptions } from '../own-worker.js';
import { say } from '../say.js';
import { stackAddresses } from '../stack-addresses.js';
import { untilAskedToStop } from '../stop-signal.js';

export function devCommand(program: Command): void {
  const command = program
    .command('dev')
    .description('run the whole stack in this terminal, until Ctrl-C')
    .addHelpText('after', examples('dev'));
  for (const option of workerOptions) command.addOption(option);
  command.action(dev);
}

async function dev(choice: WorkerChoice): Promise<void> {
  const running = await findRunningStack(await stackFolder());
  if (running !== undefined) await refuseDeadParts(running);
  const remark = healthPortRemark(choice);
  if (remark !== undefined) say(remark);
  const stack = await startCheckoutStack({ report: (what) => say(`starting ${what}`), tell: say }, choice);
  say('\nThe stack is up.');
  for (const line of stackAddresses(stack)) say(line);
  say(`\nNow, elsewhere: ${ownCommand} onboard acme --wait`);
  const over = new AbortController();
  const asked = untilAskedToStop().then(() => 'stopping');
  const forgotten = stack.forgotten(over.signal).then(
    () => "the stack's folder is gone, or its note in there, so nobody would find it any more; stopping",
    () => asked,
  );
  say(await Promise.race([asked, forgotten]));
  over.abort();
  await stack.stop();
}
