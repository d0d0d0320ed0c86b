import type { Command } from 'commander';
import type { KeptFinding, Quarantined, ReconcileReport } from '../../client/index.js';
import { ownCommand } from '../../local/own-command.js';
import { onOneLine } from '../../tenancy/redact.js';
import { age } from '../age.js';
import { withBackend } from '../backend.js';
import { exitCodes } from '../exit-codes.js';
import { examples } from '../help.js';
import { answer, answerJson } from '../say.js';
import { table } from '../table.js';
import { waitsAnyway } from '../waits-anyway.js';

export function reconcileCommand(program: Command): void {
  const reconcile = program
    .command('reconcile')
    .description('compare the catalog with Neon, Temporal and the databases; --apply mends')
    .addHelpText(
      'after',
      examples('reconcile run', 'reconcile run --apply', 'reconcile release calm-hill-12345678'),
    );
  reconcile
    .command('run', { isDefault: true })
    .description('compare now, and print what differs; exits with 1 where something is left')
    .option('--apply', 'mend what needs no person')
    .option('--wake', 'wake computes that sleep, to look into their databases and to repair')
    .addOption(waitsAnyway())
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('reconcile run', 'reconcile run --apply --wake', 'reconcile run --json'))
    .action(run);
  reconcile
    .command('findings')
    .description('print what the last reconcile found, without another one')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('reconcile findings'))
    .action(findings);
  reconcile
    .command('quarantine')
    .description('list the projects that are to go, and those that went or were released')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('reconcile quarantine'))
    .action(quarantine);
  reconcile
    .command('release <project>')
    .description('take a project out of quarantine for good; one that was deleted is recovered at Neon')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('reconcile release calm-hill-12345678'))
    .action(release);
}

interface RunOptions {
  readonly apply?: boolean;
  readonly wake?: boolean;
  readonly json?: true;
}

const nothingToCompare = `a stack of this command's own has no tenants: name the servers in the environment, or keep a stack up with: ${ownCommand} up`;

function run({ apply = false, wake = false, json }: RunOptions): Promise<void> {
  return withBackend(
    async ({ tenantry }) => {
      const report = await tenantry.reconcile.run({ apply, wake });
      const found = await tenantry.reconcile.findings();
      if (json) answerJson({ ...report, findings: found.map(findingView) });
      else {
        for (const line of [...found.flatMap(linesOf), ...seenLines(report)]) answer(line);
        if (!apply && found.some(mayBeMended)) answer(`→ ${ownCommand} reconcile --apply`);
      }
      if (found.some(isLeft)) process.exitCode = exitCodes.failed;
    },
    { notTemporary: nothingToCompare },
  );
}

function mayBeMended({ mend, heldBack }: KeptFinding): boolean {
  return mend !== undefined && heldBack === undefined;
}

/** A project in quarantine is already taken care of. */
function isLeft({ outcome, kind, heldBack }: KeptFinding): boolean {
  return outcome !== 'mended' && (kind !== 'quarantined' || heldBack === undefined);
}

function seenLines({ found, projects, tenants, lookedInto, asleep, unanswered }: ReconcileReport): string[] {
  const unseen = [
    ...(asleep === 0 ? [] : [`${asleep} slept, and their databases were not seen (--wake)`]),
    ...(unanswered === 0 ? [] : [`${unanswered} did not answer`]),
  ];
  return [
    found === 0 ? 'nothing differs' : `${found} found`,
    `compared ${projects} projects at Neon with ${tenants} tenants; ${lookedInto} tenants looked into${unseen.length === 0 ? '' : `, of which ${unseen.join(', ')}`}`,
  ];
}

function linesOf(finding: KeptFinding): string[] {
  const { kind, tenantId, projectId, message, mend, heldBack, outcome, trouble } = finding;
  const who = onOneLine(tenantId ?? projectId ?? 'the fleet');
  const whatNext =
    outcome ??
    (mend === undefined
      ? 'for a person to decide'
      : heldBack === undefined
        ? `to be mended by ${mend.by}`
        : 'left');
  const why = [heldBack, trouble].filter((each) => each !== undefined).map((each) => `: ${onOneLine(each)}`);
  return [`${who}: ${kind}`, `  ${onOneLine(message)}`, `  ${whatNext}${why.join('')}`];
}

/** A finding in the output of `--json`. Fields are only ever added. */
function findingView(finding: KeptFinding) {
  const { kind, tenantId, projectId, message, mend, heldBack, foundAt, outcome, trouble } = finding;
  return {
    kind,
    id: tenantId ?? null,
    projectId: projectId ?? null,
    message,
    mend: mend?.by ?? null,
    heldBack: heldBack ?? null,
    foundAt: foundAt.toISOString(),
    outcome: outcome ?? null,
    trouble: trouble ?? null,
  };
}

function findings({ json }: { json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const found = await tenantry.reconcile.findings();
    if (json) answerJson(found.map(findingView));
    else if (found.length > 0) for (const line of found.flatMap(linesOf)) answer(line);
    else if ((await tenantry.reconcile.last()) === undefined) answer('the fleet was never reconciled');
    else answer('the last reconcile found nothing');
  });
}

function quarantine({ json }: { json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const all = await tenantry.reconcile.quarantine();
    if (json) answerJson(all.map(quarantinedView));
    else if (all.length === 0) answer('no project is in quarantine');
    else
      answer(
        table([
          ['project', 'name', 'state', 'since', 'goes'],
          ...all.map(({ neonId, name, state, takenAt, dueAt, shutAt }) => [
            neonId,
            name,
            state,
            `${age(takenAt)} ago`,
            state === 'quarantined' && shutAt !== undefined ? dueAt.toISOString() : '',
          ]),
        ]),
      );
  });
}

function quarantinedView(project: Quarantined) {
  const { neonId, name, tenant, state, takenAt, shutAt, dueAt, deletedAt } = project;
  return {
    projectId: neonId,
    name,
    id: tenant.id,
    state,
    takenAt: takenAt.toISOString(),
    shutAt: shutAt?.toISOString() ?? null,
    dueAt: dueAt.toISOString(),
    deletedAt: deletedAt?.toISOString() ?? null,
  };
}

function release(projectId: string, { json }: { json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    await tenantry.reconcile.release(projectId);
    if (json) answerJson({ projectId, released: true });
    else answer(`project ${projectId} is released, and no reconcile touches it any more`);
  });
}
