import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkoutRoot } from '../../local/state-directory.js';
import { bundle } from '../../setup/bundle.mjs';
import { median } from '../figures.js';
import { withStack } from '../onboarding/stack.js';
import fleet from '../onboarding/tenantry.config.js';
import type { Question } from '../question.js';

const defaultRuns = 11;

/** The package is compiled as it is packed, and a bare Node is started in turn with it. */
const question: Question = {
  asks: 'How long do commands take that people wait for, beside a Node that does nothing?',
  measure: ({ runs = defaultRuns }) =>
    withStack({ profile: 'fast', compute: false }, async ({ environment }) => {
      // Inside the checkout, so that it finds the packages.
      const compiled = path.join(checkoutRoot, '.tenantry', `commands-${process.pid}`);
      try {
        await bundle(checkoutRoot, compiled);
        const tenantry = path.join(compiled, 'cli/tenantry.js');
        // Installed, it runs without what reads TypeScript.
        const config = path.join(compiled, 'tenantry.config.mjs');
        const { name, plans, defaultPlan } = fleet;
        await writeFile(config, `export default ${JSON.stringify({ name, plans, defaultPlan })};\n`);
        const commands: Readonly<Record<string, readonly string[]>> = {
          'node, nothing': ['-e', '0'],
          'tenantry --help': [tenantry, '--help'],
          'tenantry onboard --help': [tenantry, 'onboard', '--help'],
          'tenantry list': [tenantry, 'list'],
          'tenantry attention': [tenantry, 'attention'],
        };
        const taken: Record<string, number[]> = {};
        for (let run = 0; run <= runs; run += 1)
          for (const [name, args] of Object.entries(commands)) {
            const began = performance.now();
            const { status, stderr } = spawnSync(process.execPath, [...args], {
              env: { ...process.env, ...environment, TENANTRY_CONFIG: config },
              encoding: 'utf8',
            });
            const ms = performance.now() - began;
            if (status !== 0) throw new Error(`${name}: ${stderr}`);
            if (run > 0) taken[name] = [...(taken[name] ?? []), ms];
          }
        const ms = (name: string) => median(taken[name] ?? []);
        return {
          table: [
            [`median of ${runs}`, 'ms', 'fastest'],
            ...Object.keys(commands).map((name) => [
              name,
              ms(name).toFixed(0),
              Math.min(...(taken[name] ?? [])).toFixed(0),
            ]),
          ],
          ratios: {
            'tenantry --help / node': ms('tenantry --help') / ms('node, nothing'),
            'tenantry list / node': ms('tenantry list') / ms('node, nothing'),
          },
          figures: taken,
        };
      } finally {
        rmSync(compiled, { recursive: true, force: true });
      }
    }),
};

export default question;
