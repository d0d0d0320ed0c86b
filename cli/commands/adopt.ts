import type { Command } from 'commander';
import type { AdoptedTenant } from '../../client/index.js';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

interface Options extends OperationOptions {
  readonly project: string;
  readonly plan?: string;
  readonly database?: string;
  readonly owner?: string;
  readonly migrate?: true;
  readonly reuseErased?: true;
  readonly preview?: true;
}

export function adoptCommand(program: Command): void {
  program
    .command('adopt <id>')
    .description('make an existing Neon project a tenant, with a limited role; its data is not changed')
    .requiredOption('--project <id>', "Neon's id of the project")
    .option('--plan <plan>', "the tenant's plan; by default the fleet's default plan")
    .option('--database <name>', 'which database, if the project has several')
    .option('--owner <role>', 'the role that owns the database')
    .option('--migrate', "apply the fleet's migrations that the database lacks")
    .option('--reuse-erased', 'allow an id that was erased for good')
    .option('--preview', 'print what would change, and change nothing')
    .option('--wait', 'wait until the tenant is ready')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'adopt acme --project cool-sun-123456 --preview',
        'adopt acme --project cool-sun-123456 --wait',
      ),
    )
    .action((id: string, { project: projectId, preview, wait, json, ...asked }: Options) =>
      operate<AdoptedTenant>(
        (tenantry) =>
          preview
            ? tenantry.start.previewAdoption(id, { projectId, ...asked })
            : tenantry.start.adopt(id, { projectId, ...asked }),
        preview ? previewOf : ({ seconds }) => `${id} is ready, after ${seconds.toFixed(1)} s`,
        // A preview's result is its output.
        { ...(wait || preview ? { wait: true } : {}), ...(json ? { json } : {}) },
      ),
    );
}

function previewOf({ id, projectId, projectName, database, changes, notes }: AdoptedTenant): string {
  if (projectName === undefined) return `project ${projectId} is tenant ${id} already`;
  return [
    `adopting project ${projectId} ("${projectName}", database "${database}") as tenant ${id} would`,
    ...changes.map((change) => `  ${change}`),
    'and',
    ...notes.map((note) => `  ${note}`),
  ].join('\n');
}
