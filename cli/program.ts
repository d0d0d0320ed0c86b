import { Command } from 'commander';
import { adoptCommand } from './commands/adopt.js';
import { attentionCommand } from './commands/attention.js';
import { branchCommand } from './commands/branch.js';
import { buildsCommand } from './commands/builds.js';
import { cancelCommand } from './commands/cancel.js';
import { codecServerCommand } from './commands/codec-server.js';
import { completionCommand } from './commands/completion.js';
import { connectCommand } from './commands/connect.js';
import { demoCommand } from './commands/demo.js';
import { devCommand } from './commands/dev.js';
import { doctorCommand } from './commands/doctor.js';
import { downCommand } from './commands/down.js';
import { drillCommand } from './commands/drill.js';
import { emulatorCommand } from './commands/emulator.js';
import { envCommand } from './commands/env.js';
import { eraseCommand } from './commands/erase.js';
import { eventsCommand } from './commands/events.js';
import { exportCommand } from './commands/export.js';
import { fleetCommand } from './commands/fleet.js';
import { giveUpCommand } from './commands/give-up.js';
import { historyCommand } from './commands/history.js';
import { initCommand } from './commands/init.js';
import { listCommand } from './commands/list.js';
import { logsCommand } from './commands/logs.js';
import { migrateCommand } from './commands/migrate.js';
import { migrationsCommand } from './commands/migrations.js';
import { moveCommand } from './commands/move.js';
import { offboardCommand, undoOffboardingCommand } from './commands/offboard.js';
import { onboardCommand } from './commands/onboard.js';
import { planCommand } from './commands/plan.js';
import { reconcileCommand } from './commands/reconcile.js';
import { repairCommand } from './commands/repair.js';
import { restoreCommand } from './commands/restore.js';
import { resumeCommand } from './commands/resume.js';
import { rotateCommand } from './commands/rotate.js';
import { scheduleCommand } from './commands/schedule.js';
import { secretsCommand } from './commands/secrets.js';
import { showCommand } from './commands/show.js';
import { snapshotCommand } from './commands/snapshot.js';
import { statusCommand } from './commands/status.js';
import { suspendCommand } from './commands/suspend.js';
import { undoMoveCommand } from './commands/undo-move.js';
import { upCommand } from './commands/up.js';
import { waitCommand } from './commands/wait.js';
import { workerCommand } from './commands/worker.js';
import { endWith } from './failure-output.js';
import { addProgramHelp } from './help.js';
import { visibleButColours } from './say.js';
import { withHowToWait } from './unknown-option.js';
import { ownVersion } from './version.js';

/** Puts the next commands under this heading in the help. */
const under = (heading: string) => (program: Command) => void program.commandsGroup(heading);

const parts = [
  under('Tenants:'),
  onboardCommand,
  listCommand,
  showCommand,
  connectCommand,
  suspendCommand,
  resumeCommand,
  moveCommand,
  undoMoveCommand,
  rotateCommand,
  planCommand,
  migrateCommand,
  snapshotCommand,
  restoreCommand,
  drillCommand,
  branchCommand,
  historyCommand,
  attentionCommand,
  adoptCommand,
  offboardCommand,
  undoOffboardingCommand,
  repairCommand,
  giveUpCommand,
  waitCommand,
  cancelCommand,
  eraseCommand,
  exportCommand,
  under('The fleet:'),
  fleetCommand,
  reconcileCommand,
  initCommand,
  scheduleCommand,
  migrationsCommand,
  buildsCommand,
  eventsCommand,
  workerCommand,
  under('The local stack:'),
  devCommand,
  upCommand,
  downCommand,
  statusCommand,
  logsCommand,
  envCommand,
  demoCommand,
  emulatorCommand,
  under('The installation:'),
  doctorCommand,
  secretsCommand,
  codecServerCommand,
  completionCommand,
];

/** Runs the command line of `process`: its words, its streams, and its exit code. */
export async function runProgram(): Promise<void> {
  await createProgram().parseAsync().catch(endWith);
}

/**
 * Creates all commands, in the groups of the help. Each run needs a new one, because commander stores the parsed
 * options in it.
 */
export function createProgram(): Command {
  const program: Command = new Command('tenantry')
    .description(
      'Gives every tenant a Neon project of its own: created, migrated, and verified by logging in, as a Temporal ' +
        'workflow that survives crashes and lost replies. Without any setting, the whole stack runs on this machine.',
    )
    .version(ownVersion(), '-V, --version', 'print which release this is')
    .showHelpAfterError('(--help tells more)')
    .configureOutput({
      writeErr: (text) => process.stderr.write(visibleButColours(text)),
      outputError: (text, write) => write(withHowToWait(text, program, process.argv.slice(2))),
    })
    // Commander throws, and `endWith` ends the command as after any other error.
    .exitOverride();
  for (const addTo of parts) addTo(program);
  addProgramHelp(program);
  return program;
}
