import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { onLines } from '../../tenancy/redact.js';
import { withBackend } from '../backend.js';
import { costChart } from '../cost-chart.js';
import { costLines, costRows, costView } from '../cost-view.js';
import { csv } from '../csv.js';
import { examples } from '../help.js';
import { answer, answerJson, answerStyled, say } from '../say.js';

interface Options {
  readonly period?: string;
  readonly csv?: true;
  readonly json?: true;
  readonly svg?: string;
}

export function fleetCostCommand(fleet: Command): void {
  fleet
    .command('cost')
    .description('show what the fleet costs at Neon in a month, and what it will come to')
    .option('--period <month>', 'another month than the present one, such as 2026-10')
    .addOption(new Option('--csv', 'print a row for each tenant').conflicts(['json', 'svg']))
    .addOption(new Option('--json', 'print one JSON object').conflicts('svg'))
    .option('--svg <file>', 'draw it into a file')
    .addHelpText(
      'after',
      examples('fleet cost', 'fleet cost --period 2026-10 --csv', 'fleet cost --svg cost.svg'),
    )
    .action((options: Options) =>
      withBackend(async ({ tenantry }) => {
        const { period } = options;
        const cost = await tenantry.fleet.cost(period === undefined ? {} : { period });
        if (options.json) answerJson(costView(cost));
        else if (options.csv) answerStyled(visible(csv(costRows(cost))).replace(/\n$/, ''));
        else if (options.svg !== undefined) {
          await writeFile(options.svg, costChart(cost));
          say(`drawn into ${options.svg}`);
        } else for (const line of costLines(cost)) answer(line);
      }),
    );
}

/** Ids may have characters that a terminal obeys; the line ends are ours. */
function visible(text: string): string {
  return text
    .split('\r\n')
    .map((line) => onLines(line))
    .join('\r\n');
}
