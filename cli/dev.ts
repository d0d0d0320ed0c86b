import { ownCommand } from '../local/own-command.js';
import { findRunningStack } from '../local/running-stack.js';
import { refuseDeadParts } from './dead-parts.js';
import { stackFolder, startCheckoutStack } from './local-stack.js';
import { healthPortRemark, type WorkerChoice } from './own-worker.js';
import { say } from './say.js';
import { stackAddresses } from './stack-addresses.js';
import { untilAskedToStop } from './stop-signal.js';

/** Runs the stack in this process until a signal stops it, or its folder is gone. */
export async function dev(choice: WorkerChoice): Promise<void> {
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
