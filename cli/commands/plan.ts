import type { Command } from 'commander';
import type { PlanChange, SettingDifference } from '../../client/index.js';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

interface Options extends OperationOptions {
  readonly preview?: true;
}

export function planCommand(program: Command): void {
  program
    .command('plan <id> <plan>')
    .description('give a tenant another plan; with the plan that it has, repair what drifted from it')
    .option('--preview', 'print what would change, and change nothing')
    .option('--wait', 'wait until the whole plan is in force; a preview always waits')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('plan acme pro --preview', 'plan acme pro --wait'))
    .action((id: string, plan: string, { preview, ...options }: Options) =>
      operate(
        (tenantry) =>
          preview ? tenantry.start.previewPlanChange(id, { plan }) : tenantry.start.changePlan(id, { plan }),
        told,
        preview ? { ...options, wait: true } : options,
      ),
    );
}

function told({ id, plan, differences, applied }: PlanChange): string {
  const head = applied ? `${id} is on plan ${plan}` : `plan ${plan} would change for ${id}`;
  if (differences.length === 0) return `${head}: nothing at Neon differs`;
  return [`${head}:`, ...differences.map(line)].join('\n');
}

function line({ setting, from, to }: SettingDifference): string {
  const shown = (value: number) => (setting.startsWith('quota.') && value === 0 ? 'unlimited' : value);
  return `  ${setting}: ${shown(from)} -> ${shown(to)}`;
}
