/*
 * npm run bench                     lists the questions
 * npm run bench -- onboarding       answers one: a table, and figures in .tenantry/bench/onboarding.json
 *
 * A question is a file of `bench/questions/`; a new one needs nothing else.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { checkoutRoot } from '../local/state-directory.js';
import { optionFlags, optionsSchema } from './options.js';
import type { Question } from './question.js';
import { circumstances, report } from './report.js';

const folder = new URL('./questions/', import.meta.url);
const names = (await readdir(folder))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.basename(file, '.ts'))
  .sort();

async function questionNamed(name: string): Promise<Question> {
  const { default: question } = (await import(new URL(`${name}.ts`, folder).href)) as { default: Question };
  return question;
}

const { values, positionals } = parseArgs({ options: optionFlags, allowPositionals: true });
const options = optionsSchema.parse(values);
const [name] = positionals;
if (name === undefined) {
  for (const each of names) console.log(`${each.padEnd(12)} ${(await questionNamed(each)).asks}`);
} else if (!names.includes(name)) {
  console.error(`there is no question "${name}": ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  const about = circumstances(['npm run bench --', ...process.argv.slice(2)].join(' '));
  const answer = await (await questionNamed(name)).measure(options);
  await report(answer, about, options.json ?? path.join(checkoutRoot, '.tenantry', 'bench', `${name}.json`));
  process.exitCode = (answer.broken ?? []).length === 0 ? 0 : 1;
}
