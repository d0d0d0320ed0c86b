import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fleetFor, withCompiled } from '../compiled.js';
import { median } from '../figures.js';
import { withStack } from '../onboarding/stack.js';
import type { Question } from '../question.js';

const defaultRuns = 11;

interface Command {
  readonly words: readonly string[];
  /** How long a person may wait for it. */
  readonly allowedMs?: number;
}

const commands: Readonly<Record<string, Command>> = {
  'tenantry --help': { words: ['--help'], allowedMs: 150 },
  'tenantry onboard --help': { words: ['onboard', '--help'], allowedMs: 150 },
  'tenantry list': { words: ['list'], allowedMs: 400 },
  'tenantry attention': { words: ['attention'] },
};

const bare = 'node, nothing';

/** The package is compiled as it is packed, and a bare Node is started in turn with it. */
const question: Question = {
  asks: 'How long do commands take that people wait for, beside a Node that does nothing?',
  measure: ({ runs = defaultRuns }) =>
    withStack({ profile: 'fast', compute: false }, ({ environment }) =>
      withCompiled(async (compiled) => {
        const tenantry = path.join(compiled, 'cli/tenantry.js');
        const env = { ...process.env, ...environment, TENANTRY_CONFIG: await fleetFor(compiled) };
        const calls: Readonly<Record<string, readonly string[]>> = {
          [bare]: ['-e', '0'],
          ...Object.fromEntries(
            Object.entries(commands).map(([name, { words }]) => [name, [tenantry, ...words]]),
          ),
        };
        const taken: Record<string, number[]> = {};
        for (let run = 0; run <= runs; run += 1)
          for (const [name, args] of Object.entries(calls)) {
            const began = performance.now();
            const { status, stderr } = spawnSync(process.execPath, [...args], { env, encoding: 'utf8' });
            const ms = performance.now() - began;
            if (status !== 0) throw new Error(`${name}: ${stderr}`);
            if (run > 0) taken[name] = [...(taken[name] ?? []), ms];
          }
        const ms = (name: string) => median(taken[name] ?? []);
        const isLate = (name: string) => ms(name) > (commands[name]?.allowedMs ?? Number.POSITIVE_INFINITY);
        return {
          table: [
            [`median of ${runs}`, 'ms', 'fastest', 'may take', ''],
            ...Object.keys(calls).map((name) => [
              name,
              ms(name).toFixed(0),
              Math.min(...(taken[name] ?? [])).toFixed(0),
              commands[name]?.allowedMs?.toFixed(0) ?? '',
              commands[name]?.allowedMs === undefined ? '' : isLate(name) ? 'too long' : 'within it',
            ]),
          ],
          ratios: Object.fromEntries(
            Object.keys(commands).map((name) => [`${name} / node`, ms(name) / ms(bare)]),
          ),
          figures: taken,
          broken: Object.keys(commands)
            .filter(isLate)
            .map((name) => `${name} takes ${ms(name).toFixed(0)} ms`),
        };
      }),
    ),
};

export default question;
