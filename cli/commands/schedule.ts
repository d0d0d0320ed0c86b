import { type Command, Option } from 'commander';
import { ownCommand } from '../../local/own-command.js';
import { type Backend, withBackend } from '../backend.js';
import { examples } from '../help.js';
import { addLateOption } from '../late-option.js';
import { answer, answerJson } from '../say.js';
import { changeLine, schedulesTable, scheduleView } from '../schedule-view.js';

export function scheduleCommand(program: Command): void {
  const schedule = program
    .command('schedule')
    .description('run workflows on a schedule, as the fleet declares')
    .addHelpText(
      'after',
      examples('schedule apply --dry-run', 'schedule pause nightly --note "until the move is done"'),
    );
  schedule
    .command('apply')
    .description('make Temporal match what the fleet declares; part of every deploy')
    .option('--dry-run', 'print what would be done, and change nothing')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('schedule apply --dry-run', 'schedule apply --json'))
    .action(apply);
  schedule
    .command('list')
    .description('list the schedules of the fleet, with their last run and the next')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('schedule list'))
    .action(list);
  schedule
    .command('pause <name>')
    .description('start no more runs until it is resumed; apply leaves it paused')
    .option('--note <text>', 'why, for whoever finds it paused')
    .addHelpText('after', examples("schedule pause nightly --note 'until the new plan is out'"))
    .action((name: string, { note }: { note?: string }) =>
      change(({ schedules }) => schedules.pause(name, note), `${name} is paused`),
    );
  schedule
    .command('resume <name>')
    .description('end a pause')
    .addHelpText('after', examples('schedule resume nightly'))
    .action((name: string) => change(({ schedules }) => schedules.resume(name), `${name} goes on`));
  schedule
    .command('trigger <name>')
    .description('start a run now, unless one is running')
    .addHelpText('after', examples('schedule trigger nightly'))
    .action((name: string) =>
      change(
        ({ schedules }) => schedules.trigger(name),
        `${name} was triggered: a run starts now, unless one is under way`,
      ),
    );
  const backfill = schedule
    .command('backfill <name>')
    .description('start every run that was due in a past period, one after the other');
  for (const option of [
    new Option('--from <time>', 'from when, such as 2026-03-01T00:00:00Z'),
    new Option('--to <time>', 'until when'),
  ])
    addLateOption(backfill, option.makeOptionMandatory(), moment);
  backfill
    .addHelpText(
      'after',
      examples('schedule backfill nightly --from 2026-03-01T00:00:00Z --to 2026-03-02T00:00:00Z'),
    )
    .action((name: string, period: { from: Date; to: Date }) =>
      change(({ schedules }) => schedules.backfill(name, period), `${name} runs for each time that was due`),
    );
}

const nothingStays = `schedules live on in a Temporal server: name one in TEMPORAL_ADDRESS, or keep a stack up with: ${ownCommand} up`;

async function apply({ dryRun = false, json }: { dryRun?: boolean; json?: true }): Promise<void> {
  await withBackend(
    async ({ schedules }) => {
      const changes = await schedules.apply({ dryRun });
      if (json) answerJson(changes);
      else if (changes.length === 0) answer('the fleet declares no schedules');
      else for (const each of changes) answer(changeLine(each, dryRun));
    },
    { notTemporary: nothingStays },
  );
}

async function list({ json }: { json?: true }): Promise<void> {
  await withBackend(
    async ({ schedules }) => {
      const all = await schedules.list();
      if (json) answerJson(all.map(scheduleView));
      else answer(all.length === 0 ? 'the fleet declares no schedules' : schedulesTable(all));
    },
    { notTemporary: nothingStays },
  );
}

async function change(work: (backend: Backend) => Promise<void>, done: string): Promise<void> {
  await withBackend(work, { notTemporary: nothingStays });
  answer(done);
}

async function moment(text: string): Promise<Date> {
  const { momentIn } = await import('../moment.js');
  return momentIn(text);
}
