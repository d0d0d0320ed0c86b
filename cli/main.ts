import { Command } from 'commander';
import { connectCommand } from './commands/connect.js';
import { demoCommand } from './commands/demo.js';
import { devCommand } from './commands/dev.js';
import { downCommand } from './commands/down.js';
import { emulatorCommand } from './commands/emulator.js';
import { listCommand } from './commands/list.js';
import { onboardCommand } from './commands/onboard.js';
import { showCommand } from './commands/show.js';
import { upCommand } from './commands/up.js';
import { exitCodes, verdictOn } from './exit-codes.js';
import { say } from './say.js';

const program = new Command('tenantry')
  .description('Durable tenant provisioning on Neon.')
  .showHelpAfterError('(--help tells more)')
  .exitOverride((end) => process.exit(end.exitCode === 0 ? exitCodes.done : exitCodes.badUse));

for (const addTo of [
  onboardCommand,
  listCommand,
  showCommand,
  connectCommand,
  devCommand,
  upCommand,
  downCommand,
  demoCommand,
  emulatorCommand,
]) {
  addTo(program);
}

try {
  await program.parseAsync();
} catch (error) {
  const { exitCode, message } = verdictOn(error);
  say(`tenantry: ${message}`);
  process.exitCode = exitCode;
}
